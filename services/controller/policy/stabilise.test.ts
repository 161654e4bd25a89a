import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { remember, stabilise } from './stabilise.ts';
import type { Recommendation, Stabilisation } from './types.ts';

const settings: Stabilisation = { downSeconds: 60, upSeconds: 0, panicRatio: 2 };

/** The numbers wanted, when `targets` are right one after the other, every ten seconds. */
function follow(start: number, targets: readonly number[], given = settings): number[] {
  let previous = start;
  let recommendations: readonly Recommendation[] = [];
  return targets.map((target, i) => {
    const now = { atMs: i * 10_000, previous, target };
    ({ wanted: previous, recommendations } = stabilise(given, now, recommendations));
    return previous;
  });
}

describe('down', () => {
  test('only after the lower number was right for the whole window', () => {
    assert.deepEqual(follow(8, [8, 3, 3, 3, 3, 3, 3, 3]), [8, 8, 8, 8, 8, 8, 3, 3]);
  });
  test('to the highest number that was right within it', () => {
    assert.deepEqual(follow(8, [8, 2, 5, 2, 2, 2, 2, 2, 2]), [8, 8, 8, 8, 8, 8, 5, 5, 2]);
  });
  test('not at once by who remembers nothing', () => {
    assert.deepEqual(follow(8, [1, 1, 1, 1, 1, 1, 1]), [8, 8, 8, 8, 8, 8, 1]);
  });
  test('at once without a window', () => {
    assert.deepEqual(follow(8, [1], { ...settings, downSeconds: 0 }), [1]);
  });
});

describe('up', () => {
  const slow = { ...settings, upSeconds: 30 };
  test('at once without a window', () => {
    assert.deepEqual(follow(4, [5, 7]), [5, 7]);
  });
  test('with one, to the lowest number that was right within it', () => {
    assert.deepEqual(follow(4, [5, 7, 6, 6, 6]), [5, 7, 7, 7, 7]);
    assert.deepEqual(follow(4, [5, 7, 6, 6, 6], slow), [4, 4, 4, 6, 6]);
  });
  test('at once when it is a panic', () => {
    assert.deepEqual(follow(4, [7, 8], slow), [4, 8]);
    assert.deepEqual(follow(0, [1], slow), [1]);
  });
});

test('what is held while readings are missing counts as right', () => {
  const held = remember(settings, { atMs: 50_000, wanted: 8 }, [{ atMs: 0, wanted: 2 }]);
  const now = { atMs: 100_000, previous: 8, target: 2 };
  assert.equal(stabilise(settings, now, held).wanted, 8);
});

test('what a clock remembered that was a day ahead is kept for the window, not for a day', () => {
  let recommendations: readonly Recommendation[] = [{ atMs: 86_400_000, wanted: 9 }];
  const numbers = [0, 30_000, 61_000].map((atMs) => {
    const now = stabilise(settings, { atMs, previous: 9, target: 2 }, recommendations);
    ({ recommendations } = now);
    return now.wanted;
  });
  assert.deepEqual(numbers, [9, 9, 2]);
});

test('no more is kept than the longer window needs', () => {
  let recommendations: readonly Recommendation[] = [];
  for (let i = 0; i < 1000; i++) {
    const now = { atMs: i * 1000, previous: 5, target: 3 + (i % 3) };
    ({ recommendations } = stabilise(settings, now, recommendations));
  }
  assert.ok(recommendations.length <= 61, `${recommendations.length}`);
});

test('a number that stays is kept once', () => {
  let recommendations: readonly Recommendation[] = [];
  for (let i = 0; i < 1000; i++) {
    const now = { atMs: i * 1000, previous: 5, target: 5 };
    ({ recommendations } = stabilise(settings, now, recommendations));
  }
  assert.deepEqual(recommendations, [{ atMs: 999_000, wanted: 5 }]);
});
