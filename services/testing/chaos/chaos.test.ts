// A short run of faults on real parts. `make chaos` does longer ones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isClean } from './check.ts';
import { seeded } from './random.ts';
import { runChaos } from './run.ts';
import { planFaults } from './schedule.ts';
import { createWorld, type World } from './world.ts';

const members = { gateways: 2, workers: 3 };
const durationMs = 45_000;

let world: World;
before(async () => {
  world = await createWorld(members);
});
after(() => world.close());

test('whatever dies, nothing is lost and nothing takes effect twice', async (t) => {
  const seed = 1;
  const plan = planFaults(durationMs, members, seeded(seed));
  const print = (text: string) => t.diagnostic(text);
  const { verdict, evidence } = await runChaos(world, {
    seed,
    plan,
    uploads: 60,
    durationMs,
    print,
  });
  assert.ok(isClean(verdict), JSON.stringify(verdict, undefined, 2));
  assert.ok(verdict.acknowledged > 40, 'the clients got through');
  assert.ok(evidence.listeners.every((listener) => listener.positions.length > 100));
});
