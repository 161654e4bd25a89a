import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blank, recall } from './remembered.ts';

const own = {
  recommendations: [{ atMs: 1, wanted: 3 }],
  cost: { ...blank.own.cost, untilMs: 5 },
};

test('what the ledger kept is taken up again, as JSON brings it', () => {
  const stored: unknown = JSON.parse(JSON.stringify({ own }));
  assert.deepEqual(recall(stored), { own, shadow: undefined });
});

test('without anything, or with what another version kept, it begins anew', () => {
  const { sums: _, ...cost } = own.cost;
  const other = { own: { ...own, cost: { ...cost, sums: { opened: 1 } } }, shadow: 'none' };
  for (const stored of [undefined, null, {}, { own: null }, other]) {
    assert.deepEqual(recall(stored), blank);
  }
});
