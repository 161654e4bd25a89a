import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canMove, statusesBefore, uploadStatuses } from './states.ts';

test('nothing leaves applied or cancelled', () => {
  for (const to of uploadStatuses) {
    assert.equal(canMove('applied', to), false);
    assert.equal(canMove('cancelled', to), false);
  }
});

test('only what a person has seen is applied', () => {
  assert.deepEqual(statusesBefore('applied'), ['parsed']);
});

test('uploads are read again from parsed and failed', () => {
  assert.deepEqual(statusesBefore('uploaded'), ['initiated', 'parsed', 'failed']);
});
