import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduled } from './schedule.ts';
import type { ScheduleWindow } from './types.ts';

const saturdays: ScheduleWindow = { start: '0 9 * * 6', end: '30 18 * * 6', min: 6 };
const london: ScheduleWindow = {
  start: '0 9 * * *',
  end: '0 17 * * *',
  timezone: 'Europe/London',
  min: 3,
};
const nights: ScheduleWindow = { start: '0 22 * * *', end: '0 6 * * *', min: 2 };

const rows: readonly (readonly [string, readonly ScheduleWindow[], string, number])[] = [
  ['no window asks for nothing', [], '2026-06-06T12:00:00Z', 0],
  ['a window is open between its ends', [saturdays], '2026-06-06T12:00:00Z', 6],
  ['and on no other day', [saturdays], '2026-06-07T12:00:00Z', 0],
  ['it opens with the second it begins', [saturdays], '2026-06-06T09:00:00Z', 6],
  ['and not before', [saturdays], '2026-06-06T08:59:59.999Z', 0],
  ['it is closed with the second it ends', [saturdays], '2026-06-06T18:30:00Z', 0],
  ['it may lie across midnight', [nights], '2026-06-06T02:00:00Z', 2],
  ['and is closed by day', [nights], '2026-06-06T12:00:00Z', 0],
  ['the highest of several counts', [saturdays, london], '2026-06-06T12:00:00Z', 6],
  ['summer time of the zone', [london], '2026-06-01T08:30:00Z', 3],
  ['winter time of the zone', [london], '2026-12-01T08:30:00Z', 0],
];

for (const [name, schedule, at, min] of rows) {
  test(name, () => assert.deepEqual(scheduled(schedule, Date.parse(at)), { min, faults: [] }));
}

for (const window of [
  { ...saturdays, start: '0 25 * * *' },
  { ...saturdays, end: 'at noon' },
  { ...saturdays, start: '0 0 9 * * 6' },
  { ...saturdays, end: '0 0 30 2 *' },
  { ...saturdays, timezone: 'Europe/Lords' },
]) {
  test(`${window.start} to ${window.end} in ${window.timezone} is passed over and named`, () => {
    const at = Date.parse('2026-06-06T12:00:00Z');
    const { min, faults } = scheduled([window, { ...saturdays, min: 1 }], at);
    assert.equal(min, 1);
    assert.equal(faults.length, 1);
    assert.ok(faults[0]?.includes(window.start));
  });
}
