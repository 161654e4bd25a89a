import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePlace, encodePlace } from './cursor.ts';

const id = '0b9f6c1e-4f1d-4c43-9d3f-0a4a5b6c7d8e';

test('a place comes back as it was, whatever zone the database writes', () => {
  const times = ['2026-11-25 04:07:31.123456+00', '2024-02-29 23:59:59+05:30'];
  for (const createdAt of [...times, '2026-01-01 00:00:00.1-03']) {
    assert.deepEqual(decodePlace(encodePlace({ createdAt, id })), { createdAt, id });
  }
});

test('a time that there cannot be and what is no id are refused', () => {
  const time = '2026-11-25 04:07:31+00';
  for (const [createdAt, named] of [
    ['9999-99-99 99:99:99+99', id],
    ['2026-02-30 00:00:00+00', id],
    ['2026-11-25 24:00:00+00', id],
    ['0000-01-01 00:00:00+00', id],
    ['2026-11-25 04:07:31+::::', id],
    ['2026-11-25 04:07:31+99', id],
    [`2026-11-25 04:07:31.${'1'.repeat(99)}+00`, id],
    [time, '-'.repeat(36)],
    [time, '0'.repeat(36)],
  ] as const) {
    const cursor = encodePlace({ createdAt, id: named });
    assert.throws(() => decodePlace(cursor), { code: 'list.cursor_invalid' }, createdAt);
  }
});
