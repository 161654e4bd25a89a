import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decide, noMemory } from './decide.ts';
import { nothing, observe, type Sight, spec, startMs, uploads } from './fixture.ts';
import type { Decision, Memory, Observation, PoolSpec } from './types.ts';

const open = { start: '0 11 * * *', end: '0 13 * * *', min: 6 };
/** The lower number was right all the time. */
function settled(wanted: number): Memory {
  return { ...noMemory, recommendations: [{ atMs: startMs - 1000, wanted }] };
}

interface Row {
  readonly name: string;
  readonly spec?: Partial<PoolSpec>;
  readonly seen: Sight;
  readonly memory?: Memory;
  readonly wanted: number;
  readonly reason: Decision['reason'];
}

const rows: readonly Row[] = [
  {
    name: 'an empty pool wakes up for one upload',
    seen: { workers: 0, backlog: uploads(1) },
    wanted: 1,
    reason: 'Panic',
  },
  {
    name: 'a burst is met with one jump',
    seen: { workers: 1, backlog: uploads(300) },
    wanted: 5,
    reason: 'Panic',
  },
  {
    name: 'a little more work is met with a little more',
    seen: { workers: 4, backlog: uploads(300) },
    wanted: 5,
    reason: 'WorkWaits',
  },
  {
    name: 'as much as there is',
    seen: { workers: 5, backlog: uploads(300) },
    wanted: 5,
    reason: 'Steady',
  },
  {
    name: 'less work is waited for',
    seen: { workers: 5, backlog: uploads(60) },
    wanted: 5,
    reason: 'Stabilising',
  },
  {
    name: 'less work that stays is followed',
    seen: { workers: 5, backlog: uploads(60) },
    memory: settled(1),
    wanted: 1,
    reason: 'LessWork',
  },
  {
    name: 'no work leaves the minimum',
    spec: { bounds: { min: 2, max: 9 } },
    seen: { workers: 5 },
    memory: settled(2),
    wanted: 2,
    reason: 'AtMinimum',
  },
  {
    name: 'too few are raised to the minimum',
    spec: { bounds: { min: 2, max: 9 } },
    seen: { workers: 0 },
    wanted: 2,
    reason: 'AtMinimum',
  },
  {
    name: 'never above the maximum',
    spec: { bounds: { min: 2, max: 9 } },
    seen: { workers: 8, backlog: uploads(9999) },
    wanted: 9,
    reason: 'AtMaximum',
  },
  {
    name: 'a lowered maximum is kept at once',
    spec: { bounds: { min: 2, max: 9 } },
    seen: { workers: 20, backlog: uploads(9999) },
    wanted: 9,
    reason: 'AtMaximum',
  },
  {
    name: 'spares are kept beyond what the work needs',
    spec: { spares: 2 },
    seen: { workers: 5, backlog: uploads(300) },
    wanted: 7,
    reason: 'Spares',
  },
  {
    name: 'a window of the schedule lifts the minimum',
    spec: { schedule: [open] },
    seen: { workers: 5 },
    wanted: 6,
    reason: 'Schedule',
  },
  {
    name: 'a window lifts nothing above the maximum',
    spec: { schedule: [open], bounds: { min: 0, max: 4 } },
    seen: { workers: 3 },
    wanted: 4,
    reason: 'Schedule',
  },
  {
    name: 'a worker that was withdrawn is replaced',
    seen: { workers: 5, withdrawn: 1, backlog: uploads(300) },
    wanted: 6,
    reason: 'WorkWaits',
  },
  {
    name: 'depth for each worker is the other policy',
    spec: { policy: { name: 'queue-depth', depthPerWorker: 4 } },
    seen: { workers: 5, backlog: uploads(30), running: uploads(4) },
    wanted: 9,
    reason: 'WorkWaits',
  },
];

for (const { name, seen, memory = noMemory, wanted, reason, ...row } of rows) {
  test(name, () => {
    const { decision } = decide({ ...spec, ...row.spec }, observe(seen), memory);
    assert.deepEqual([decision.wanted, decision.reason], [wanted, reason], decision.sentence);
  });
}

describe('a reading that is missing', () => {
  const names = ['backlog', 'running', 'arrivals', 'broker', 'ended'] as const;
  for (const name of names) {
    test(`${name}: nothing changes, and it is said why`, () => {
      const seen = { ...observe({ workers: 7 }), [name]: { missing: 'no connection' } };
      const { decision } = decide(spec, seen, settled(1));
      assert.equal(decision.wanted, 7);
      assert.equal(decision.reason, 'SignalLost');
      assert.deepEqual(decision.missing, [`${name}: no connection`]);
      assert.equal(decision.sentence, `Nothing changes: ${name}: no connection.`);
    });
  }

  test('even the workers: the highest number that was right', () => {
    const seen: Observation = { ...observe(), workers: { missing: 'forbidden' } };
    assert.equal(decide(spec, seen, settled(7)).decision.wanted, 7);
    const bounds = { min: 3, max: 20 };
    assert.equal(decide({ ...spec, bounds }, seen, noMemory).decision.wanted, 3);
  });

  test('after it nothing is taken away for a whole window', () => {
    const lost = { ...observe({ workers: 7 }), backlog: { missing: 'no connection' } };
    const held = decide(spec, lost, settled(1));
    const early = decide(spec, observe({ workers: 7, atSeconds: 50 }), held.memory);
    const late = decide(spec, observe({ workers: 7, atSeconds: 61 }), early.memory);
    assert.deepEqual([early.decision.wanted, late.decision.wanted], [7, 0]);
  });
});

test('what tasks cost is learned on the way', () => {
  const slow = { opened: true, pages: 1, megapixels: 4, seconds: 6 };
  const ended = Array.from({ length: 300 }, (_none, i) => ({ ...slow, endedAtMs: startMs + i }));
  const { memory } = decide(spec, observe({ ended }), noMemory);
  const seen = observe({ workers: 4, backlog: uploads(50), atSeconds: 1 });
  assert.equal(decide(spec, seen, noMemory).decision.wanted, 4);
  assert.equal(decide(spec, seen, memory).decision.wanted, 5);
});

test('what has run for long is taken to go on, one slot for each task', () => {
  const running = { value: { amount: uploads(6), elapsedSeconds: 6 * 240 } };
  const { decision } = decide(spec, { ...observe(), running }, noMemory);
  assert.equal(decision.wanted, 3);
  assert.equal(decision.inputs['runningSeconds'], 360);
});

test('a decision tells all of it', () => {
  const arrivals = uploads(12);
  const seen = observe({ workers: 1, backlog: uploads(60), running: uploads(2), arrivals });
  const { decision } = decide({ ...spec, schedule: [{ ...open, end: 'noon' }] }, seen, noMemory);
  assert.equal(
    decision.formula,
    'ceil((0.2/s × 1 s / 0.8 + 60 s waiting / 30 s + 2 s running / 30 s) / 2) = 2',
  );
  assert.match(
    decision.sentence,
    /^2 workers, 1 more than before, since 60 waiting tasks \(60 s\), 2 running \(2 s\) and 0\.2 new ones a second need 2, far more than the 1 there were\. Passed over: window /,
  );
  assert.equal(decision.inputs['backlogSeconds'], 60);
  assert.equal(decision.inputs['previous'], 1);
});

test('nothing to do is said as simply', () => {
  const { decision } = decide(spec, observe({ workers: 0, backlog: nothing }), noMemory);
  assert.equal(
    decision.sentence,
    '0 workers as before, since 0 waiting tasks (0 s), 0 running (0 s) and 0 new ones a second need 0.',
  );
  assert.equal(decision.reason, 'Steady');
});
