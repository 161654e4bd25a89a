import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Seen } from './types.ts';
import { workSeconds } from './work-seconds.ts';

const none = { tasks: 0, seconds: 0 };
const quiet = { perSecond: 0, serviceSeconds: 0 };
const settings = { name: 'work-seconds', utilisation: 0.8, drainTarget: 30 } as const;

const rows: readonly (readonly [string, Seen, number, number])[] = [
  ['nothing to do needs nobody', { backlog: none, running: none, arrivals: quiet }, 2, 0],
  [
    'the smallest task needs a worker',
    { backlog: { tasks: 1, seconds: 0.05 }, running: none, arrivals: quiet },
    2,
    1,
  ],
  [
    'arrivals take their share of slots, with room above it',
    { backlog: none, running: none, arrivals: { perSecond: 2, serviceSeconds: 3 } },
    2,
    4,
  ],
  [
    'what waits is read within the drain target',
    { backlog: { tasks: 600, seconds: 600 }, running: none, arrivals: quiet },
    2,
    10,
  ],
  [
    'what runs counts as well',
    { backlog: { tasks: 30, seconds: 30 }, running: { tasks: 90, seconds: 90 }, arrivals: quiet },
    2,
    2,
  ],
  [
    'a long task takes one slot, not ten',
    { backlog: { tasks: 1, seconds: 300 }, running: none, arrivals: quiet },
    1,
    1,
  ],
  [
    'a long task that runs leaves its slot to nobody that waits',
    { backlog: { tasks: 50, seconds: 60 }, running: { tasks: 1, seconds: 300 }, arrivals: quiet },
    1,
    3,
  ],
  [
    'both add up before rounding',
    {
      backlog: { tasks: 60, seconds: 60 },
      running: none,
      arrivals: { perSecond: 0.2, serviceSeconds: 3 },
    },
    2,
    2,
  ],
  [
    'sums that are whole but for floating point are not rounded up',
    { backlog: none, running: none, arrivals: { perSecond: 0.1, serviceSeconds: 24.000000000001 } },
    3,
    1,
  ],
];

for (const [name, seen, slots, workers] of rows) {
  test(name, () => assert.equal(workSeconds.need(seen, settings, slots).workers, workers));
}

test('the formula shows every number', () => {
  const arrivals = { perSecond: 0.2, serviceSeconds: 3 };
  const waiting = { backlog: { tasks: 60, seconds: 60 }, running: none, arrivals };
  assert.equal(
    workSeconds.need(waiting, settings, 2).formula,
    'ceil((0.2/s × 3 s / 0.8 + 60 s waiting / 30 s + 0 s running / 30 s) / 2) = 2',
  );
  const long = { backlog: { tasks: 1, seconds: 300 }, running: none, arrivals };
  assert.equal(
    workSeconds.need(long, settings, 2).formula,
    'ceil((0.2/s × 3 s / 0.8 + 1 waiting task + 0 s running / 30 s) / 2) = 1',
  );
});
