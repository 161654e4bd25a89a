import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plan, type Steps, type WorkerProcess } from './plan.ts';

const nothing: Steps = { undrain: [], start: 0, drain: [], end: [] };

let started = 0;
function worker(name: string, seen: Partial<NonNullable<WorkerProcess['seen']>> = {}) {
  started += 1;
  const whole = { busy: 0, drained: false, drainedBy: 'nobody', startedMs: started } as const;
  return { name, seen: { ...whole, ...seen } };
}
const starting = (name: string): WorkerProcess => ({ name, seen: undefined });
const draining = (name: string, busy = 1) => worker(name, { busy, drainedBy: 'us' });
const drained = (name: string) => worker(name, { drained: true, drainedBy: 'us' });
const withdrawn = (name: string) => worker(name, { drained: true, drainedBy: 'others' });

describe('the next steps', () => {
  for (const [title, processes, wanted, steps] of [
    ['as many as wanted: none', [worker('a')], 1, {}],
    ['too few: those that are missing are started at once', [worker('a')], 4, { start: 3 }],
    ['one that starts counts', [worker('a'), starting('b')], 2, {}],
    [
      'too many: the idlest is drained',
      [worker('a', { busy: 2 }), worker('b')],
      1,
      { drain: ['b'] },
    ],
    [
      'of busy ones the least busy',
      [worker('a', { busy: 2 }), worker('b', { busy: 1 })],
      1,
      { drain: ['b'] },
    ],
    ['of idle ones the youngest', [worker('a'), worker('b')], 1, { drain: ['b'] }],
    [
      'one that starts is not drained',
      [worker('a'), starting('b'), starting('c')],
      1,
      { drain: ['a'] },
    ],
    ['one that drains is waited for', [worker('a'), draining('b')], 1, {}],
    ['one that holds nothing is ended', [worker('a'), drained('b')], 1, { end: ['b'] }],
    [
      'one is ended, another drained',
      [worker('a'), drained('b'), worker('c')],
      1,
      { end: ['b'], drain: ['c'] },
    ],
    [
      'work comes: it goes back, nobody is started',
      [worker('a'), draining('b')],
      2,
      { undrain: ['b'] },
    ],
    [
      'much work comes: all go back, others are started',
      [worker('a'), draining('b'), drained('c')],
      5,
      { undrain: ['b', 'c'], start: 2 },
    ],
    [
      'a little work comes: one goes back, the other is waited for',
      [worker('a'), draining('b'), draining('c')],
      2,
      { undrain: ['b'] },
    ],
    ['what somebody else drained is let be', [withdrawn('a'), worker('b')], 1, { drain: ['b'] }],
    ['what somebody else drained is never ended', [withdrawn('a')], 1, {}],
  ] as const) {
    test(title, () => assert.deepEqual(plan(processes, wanted), { ...nothing, ...steps }));
  }
});
