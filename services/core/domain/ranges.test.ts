import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutRanges } from './ranges.ts';

const pages = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const cases = [
  { name: 'nothing left', pages: [], cost: { msPerPage: 1_000, slots: 2 }, sizes: [] },
  {
    name: 'slow pages: 30 s each',
    pages: pages(2, 200),
    cost: { msPerPage: 3_000, slots: 1 },
    sizes: [...Array(19).fill(10), 9],
  },
  {
    name: 'few slow pages: one by one, whichever slot is free',
    pages: pages(2, 6),
    cost: { msPerPage: 1_000, slots: 2 },
    sizes: [1, 1, 1, 1, 1],
  },
  {
    name: 'many pages: several shares for each slot',
    pages: pages(1, 80),
    cost: { msPerPage: 500, slots: 2 },
    sizes: Array(8).fill(10),
  },
  {
    name: 'cheap pages for many slots: half a second each',
    pages: pages(1, 100),
    cost: { msPerPage: 10, slots: 10 },
    sizes: [50, 50],
  },
  {
    name: 'a page longer than a range',
    pages: pages(1, 3),
    cost: { msPerPage: 90_000, slots: 1 },
    sizes: [1, 1, 1],
  },
  {
    name: 'cheap pages stay together',
    pages: pages(2, 200),
    cost: { msPerPage: 5, slots: 1 },
    sizes: [199],
  },
  {
    name: 'gaps are not read',
    pages: [1, 2, 7, 9, 10],
    cost: { msPerPage: 1_000, slots: 1 },
    sizes: [2, 1, 2],
  },
] as const;

for (const { name, pages: left, cost, sizes } of cases) {
  test(name, () => {
    const ranges = cutRanges(left, cost);
    assert.deepEqual(
      ranges.map((range) => range.last - range.first + 1),
      sizes,
    );
    const covered = ranges.flatMap((range) => pages(range.first, range.last));
    assert.deepEqual(covered, [...left]);
  });
}
