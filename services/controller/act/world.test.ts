import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWorld } from './world.fixture.ts';

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

test('whatever the order of events, and however late the ReplicaSet sees them, nobody is killed at work', () => {
  let lowerings = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const world = createWorld(seeded(seed));
    for (let step = 0; step < 600; step++) {
      world.step();
      assert.deepEqual(world.killed, [], `seed ${seed}:\n${world.history.slice(-25).join('\n')}`);
    }
    lowerings += world.lowerings;
  }
  // Else it would show nothing.
  assert.ok(lowerings > 400, `${lowerings} lowerings`);
});
