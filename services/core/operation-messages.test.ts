import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainOwner } from './ledger/scaling/epoch.ts';
import { drainRequest } from './operation-messages.ts';

test('nobody drains in the name of the scaler or of the worker', () => {
  assert.equal(drainRequest.parse({}).owner, 'operator');
  assert.equal(drainRequest.parse({ owner: 'ada' }).owner, 'ada');
  for (const owner of [drainOwner, 'itself']) {
    assert.equal(drainRequest.safeParse({ owner }).success, false, owner);
  }
});
