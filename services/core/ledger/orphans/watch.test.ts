import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRestore } from './watch.ts';

const us = 'us';
for (const [found, verdict, why] of [
  [undefined, false, 'the first mark in an empty store'],
  [{ ledger_id: us, number: 6 }, false, 'the mark before this one'],
  [{ ledger_id: us, number: 4 }, false, 'a mark that was counted and never left'],
  [{ ledger_id: us, number: 7 }, true, 'this number was left there already'],
  [{ ledger_id: us, number: 90 }, true, 'many marks are forgotten'],
  [{ ledger_id: 'them', number: 1 }, true, 'the store of another ledger'],
] as const) {
  test(`${verdict ? 'restored' : 'the same ledger'}: ${why}`, () => {
    assert.equal(findRestore({ ledger_id: us, number: 7 }, found) !== undefined, verdict);
  });
}
