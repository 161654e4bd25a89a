import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { learn, nothingLearned, secondsOf, unitCost } from './cost.ts';
import { nothing, uploads } from './fixture.ts';
import type { EndedTask, LearnedCost } from './types.ts';

function pages(
  count: number,
  megapixelsEach: number,
  secondsEach: number,
): Omit<EndedTask, 'endedAtMs'> {
  const megapixels = count * megapixelsEach;
  return { opened: false, pages: count, megapixels, seconds: count * secondsEach };
}

function opening(seconds: number): Omit<EndedTask, 'endedAtMs'> {
  return { opened: true, pages: 1, megapixels: 4, seconds };
}

function after(tasks: readonly Omit<EndedTask, 'endedAtMs'>[], from = nothingLearned): LearnedCost {
  return learn(
    from,
    tasks.map((task, i) => ({ ...task, endedAtMs: from.untilMs + 1 + i })),
  );
}

function near(actual: number, expected: number, share = 0.05): void {
  assert.ok(Math.abs(actual - expected) <= share * expected, `${actual} is not near ${expected}`);
}

describe('what was learned', () => {
  test('pages that cost 0.5 s and 0.2 s for each megapixel are seen through', () => {
    const sizes = [1, 2, 4, 8, 12];
    const cost = after(
      Array.from({ length: 100 }, (_none, i) => {
        const size = sizes[i % 5] ?? 0;
        return pages(1 + (i % 3), size, 0.5 + 0.2 * size);
      }),
    );
    const unit = unitCost(cost);
    near(unit.pageSeconds, 0.5);
    near(unit.megapixelSeconds, 0.2);
    near(
      secondsOf({ ...nothing, tasks: 1, pages: 10, measuredPages: 10, megapixels: 60 }, unit),
      17,
    );
  });

  test('pages of one size tell what such a page costs', () => {
    const unit = unitCost(after(Array(100).fill(pages(4, 6, 3))));
    near(
      secondsOf({ ...nothing, tasks: 1, pages: 10, measuredPages: 10, megapixels: 60 }, unit),
      30,
    );
  });

  test('pages of unknown size cost what pages usually cost', () => {
    const unit = unitCost(after(Array(100).fill(pages(4, 6, 3))));
    near(secondsOf({ ...nothing, tasks: 1, pages: 10 }, unit), 30);
  });

  test('larger pages that took less make no cost negative', () => {
    const unit = unitCost(
      after([...Array(50).fill(pages(1, 1, 5)), ...Array(50).fill(pages(1, 20, 1))]),
    );
    assert.ok(unit.pageSeconds >= 0);
    assert.ok(unit.megapixelSeconds >= 0);
  });

  test('tasks that open an upload cost their mean', () => {
    const unit = unitCost(after(Array(100).fill(opening(4))));
    near(secondsOf(uploads(10), unit), 40);
  });

  test('a task that was seen before teaches nothing', () => {
    const tasks = [{ ...opening(9), endedAtMs: 10 }];
    const once = learn(nothingLearned, tasks);
    assert.deepEqual(learn(once, tasks), once);
    assert.equal(once.untilMs, 10);
  });

  test('in one go or one by one, in any order, it is the same', () => {
    const tasks = [opening(1), pages(3, 2, 1), opening(2), pages(1, 9, 4)].map((task, i) => ({
      ...task,
      endedAtMs: i + 1,
    }));
    const oneByOne = tasks.reduce((cost, task) => learn(cost, [task]), nothingLearned);
    assert.deepEqual(learn(nothingLearned, tasks.toReversed()), oneByOne);
  });
});

describe('outliers', () => {
  const usual = after(Array(200).fill(opening(1)));

  test('one task that took an hour changes little', () => {
    const unit = unitCost(after([opening(3600)], usual));
    assert.ok(unit.openedSeconds < 1.1, `${unit.openedSeconds}`);
  });

  test('one page that took an hour changes little', () => {
    const before = after(Array(200).fill(pages(1, 4, 1)));
    const unit = unitCost(after([pages(1, 4, 3600)], before));
    assert.ok(unit.pageSeconds + 4 * unit.megapixelSeconds < 1.2);
  });

  test('when everything takes thirty times as long it is believed', () => {
    near(unitCost(after(Array(400).fill(opening(30)), usual)).openedSeconds, 30);
  });

  test('no page costs more than ten minutes, whatever is told', () => {
    const unit = unitCost(after(Array(500).fill(pages(1, 1e9, 1e9))));
    assert.ok(unit.pageSeconds + 200 * unit.megapixelSeconds <= 601);
  });
});

test('work costs something even when all of it was free', () => {
  const unit = unitCost(after(Array(500).fill(pages(5, 0, 0))));
  assert.ok(secondsOf({ ...nothing, tasks: 3, pages: 3 }, unit) > 0);
  assert.equal(secondsOf(nothing, unit), 0);
});
