import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago } from './duration.ts';

test('how long ago is told in the two largest units', () => {
  const now = Date.parse('2026-01-10T00:00:00Z');
  const before = (seconds: number) => ago(new Date(now - seconds * 1_000).toISOString(), now);
  for (const [seconds, told] of [
    [-5, '0 s'],
    [0, '0 s'],
    [59, '59 s'],
    [61, '1 min 1 s'],
    [3_600, '1 h'],
    [3_605, '1 h'],
    [90_061, '1 d 1 h'],
  ] as const) {
    assert.equal(before(seconds), told);
  }
});
