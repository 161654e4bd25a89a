import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWorld, type Pace, usual } from './world.fixture.ts';

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Tells how many lowerings there were. */
function live(pace: Pace, steps: number): number {
  let lowerings = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const world = createWorld(seeded(seed), pace);
    for (let step = 0; step < steps; step++) {
      world.step();
      assert.deepEqual(world.killed, [], `seed ${seed}:\n${world.history.slice(-25).join('\n')}`);
    }
    lowerings += world.lowerings;
  }
  return lowerings;
}

test('whatever the order of events, and however late the ReplicaSet sees them, nobody is killed at work', () => {
  const lowerings = live(usual, 600);
  // Else it would show nothing.
  assert.ok(lowerings > 400, `${lowerings} lowerings`);
});

test('nor when the ReplicaSet does nothing for longer than a drain lasts', () => {
  const lowerings = live({ idleMs: 60_000, acts: 0.01, startMs: 70_000, drainMs: 30_000 }, 600);
  assert.ok(lowerings > 50, `${lowerings} lowerings`);
});
