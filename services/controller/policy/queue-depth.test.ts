import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueDepth } from './queue-depth.ts';

const arrivals = { perSecond: 9, serviceSeconds: 9 };

for (const [waiting, running, depthPerWorker, workers] of [
  [0, 0, 4, 0],
  [1, 0, 4, 1],
  [4, 0, 4, 1],
  [4, 1, 4, 2],
  [97, 3, 4, 25],
  [0, 3, 1, 3],
] as const) {
  test(`${waiting} waiting and ${running} running, ${depthPerWorker} each: ${workers}`, () => {
    const seen = {
      backlog: { tasks: waiting, seconds: 1000 },
      running: { tasks: running, seconds: 1000 },
      arrivals,
    };
    const need = queueDepth.need(seen, { name: 'queue-depth', depthPerWorker }, 2);
    assert.deepEqual(need, {
      workers,
      formula: `ceil((${waiting} + ${running} tasks) / ${depthPerWorker}) = ${workers}`,
    });
  });
}
