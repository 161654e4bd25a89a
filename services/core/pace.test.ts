import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace } from './pace.ts';

test('a few go at once, those behind them one after another, and after a pause a few again', () => {
  let now = 1_000;
  const pace = createPace({ atOnce: 3, everyMs: 10, now: () => now });
  assert.deepEqual([pace(), pace(), pace(), pace(), pace()], [0, 0, 0, 10, 20]);
  now += 500;
  assert.deepEqual([pace(), pace(), pace(), pace()], [0, 0, 0, 10]);
});

test('who comes no more often than that never waits', () => {
  let now = 0;
  const pace = createPace({ atOnce: 1, everyMs: 10, now: () => now });
  for (; now < 100; now += 10) assert.equal(pace(), 0);
});
