import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './retry.ts';

for (const [failures, least, most] of [
  [1, 500, 1_000],
  [2, 1_000, 2_000],
  [3, 2_000, 4_000],
  [20, 30_000, 60_000],
] as const) {
  test(`after ${failures} failures the next try comes in ${least} to ${most} ms`, () => {
    assert.equal(backoffMs(failures, 0), least);
    assert.equal(backoffMs(failures, 1), most);
  });
}
