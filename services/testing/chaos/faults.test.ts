import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#core/errors.ts';
import { inject } from './faults.ts';
import type { World } from './world.ts';

test('a worker is paused when it holds something, also when the ledger is away at first', async () => {
  let asked = 0;
  const paused: number[] = [];
  const worker = { name: 'worker-0', pause: async (ms: number) => void paused.push(ms) };
  const world = {
    workers: [worker],
    worker: () => worker,
    db: {
      async query() {
        asked += 1;
        if (asked < 3) throw new AppError('ledger.unavailable');
        return [{}];
      },
    },
  } as unknown as World;
  const plan = [{ atMs: 0, fault: { kind: 'pause-worker', member: 0, ms: 5 } }] as const;
  const { injected } = await inject(plan, world);
  assert.deepEqual([asked, paused, injected.length], [3, [5], 1]);
});
