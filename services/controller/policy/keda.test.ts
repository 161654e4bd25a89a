import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { observe, type Sight, spec, uploads } from './fixture.ts';
import { type ShadowMemory, shadow } from './keda.ts';

/** What it wants every `stepSeconds`, given what is seen then; `at` 0 is its first look. */
function follow(sights: readonly Sight[], stepSeconds = 5, given = spec): number[] {
  let memory: ShadowMemory | undefined;
  return sights.map((sight, i) => {
    const seen = observe({ workers: 0, ...sight, atSeconds: i * stepSeconds });
    const { decision, memory: after } = shadow(given, seen, memory);
    memory = JSON.parse(JSON.stringify(after));
    return decision.wanted;
  });
}

/** The moment in seconds at which a number appears first. */
function firsts(numbers: readonly number[], stepSeconds = 5): Record<number, number> {
  return Object.fromEntries(numbers.map((n, i) => [n, i * stepSeconds] as const).toReversed());
}

const burst = { backlog: uploads(100) };

describe('up', () => {
  test('a burst on an empty pool is followed in the steps that were measured: 1, 4, 8, 16, 20', () => {
    const numbers = follow([{}, ...Array(30).fill(burst)]);
    assert.deepEqual(firsts(numbers), { 0: 0, 1: 30, 4: 45, 8: 60, 16: 75, 20: 90 });
  });
  test('never above the maximum', () => {
    const bounds = { min: 1, max: 7 };
    assert.equal(follow([{}, ...Array(30).fill(burst)], 5, { ...spec, bounds }).at(-1), 7);
  });
  test('a tenth more than there should be is passed over', () => {
    const ten = { ...spec, policy: { name: 'queue-depth', depthPerWorker: 10 } as const };
    assert.deepEqual(follow([{ workers: 1, backlog: uploads(11) }], 15, ten), [1]);
    assert.deepEqual(follow([{ workers: 1, backlog: uploads(12) }], 15, ten), [2]);
  });
});

describe('down', () => {
  const idle = { workers: 10 };
  test('after 300 s to one, and to none when there was nothing for 300 s', () => {
    const numbers = follow([{ workers: 10, running: uploads(40) }, ...Array(30).fill(idle)], 15);
    assert.deepEqual(firsts(numbers, 15), { 10: 0, 1: 315, 0: 330 });
  });
  test('never below the minimum', () => {
    const bounds = { min: 3, max: 20 };
    assert.equal(follow(Array(60).fill(idle), 15, { ...spec, bounds }).at(-1), 3);
  });
  test('tasks that run are messages too', () => {
    const numbers = follow(Array(60).fill({ workers: 10, running: uploads(40) }), 15);
    assert.deepEqual(new Set(numbers), new Set([10]));
  });
});

test('what cannot be counted changes nothing', () => {
  const seen = { ...observe({ workers: 5 }), backlog: { missing: 'no connection' } };
  const { decision, memory } = shadow(spec, seen, undefined);
  assert.equal(decision.wanted, 5);
  assert.equal(shadow(spec, seen, memory).decision.wanted, 5);
});

test('as long as nothing was ever seen it begins with nothing', () => {
  const seen = { ...observe(), workers: { missing: 'no connection' } };
  assert.deepEqual(shadow(spec, seen, undefined).memory, undefined);
});
