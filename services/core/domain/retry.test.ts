import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, type Causes, countFailure } from './retry.ts';

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

const crash = 'engine.crashed';
const late = 'engine.time_limit';
for (const [before, code, verdict] of [
  [{}, crash, 'again'],
  [{ [crash]: 1 }, crash, 'again'],
  [{ [crash]: 2 }, crash, 'quarantine'],
  [{ [crash]: 2 }, late, 'again'],
  [{ [crash]: 2, [late]: 2 }, 'internal', 'again'],
  [{ [crash]: 2, [late]: 2, internal: 1 }, 'other', 'quarantine'],
] as [Causes, string, string][]) {
  test(`${code} after ${JSON.stringify(before)}: ${verdict}`, () => {
    assert.equal(countFailure(before, code).verdict, verdict);
  });
}
