import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openTestLedger, pool, uploaded } from '../../../testing/ledger.ts';
import { dispatchTasks } from '../tasks/dispatch.ts';
import { changeSwitch, readSwitches } from './switches.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());
afterEach(() => ledger.db.query('truncate uploads, switches, events cascade'));

const told = async () =>
  (await ledger.db.query<{ data: unknown }>('select data from events order by id')).map(
    ({ data }) => data,
  );
const dispatched = async (of: string) =>
  (await dispatchTasks(ledger.db, of, { size: 'all' })).length;

test('of many who switch at once one does, and it is told once, with who and why', async () => {
  const off = { feature: 'uploads', on: false } as const;
  const changes = await Promise.all(
    ['ada', 'bob', 'cyd', 'dan'].map((by) =>
      changeSwitch(ledger.db, { ...off, by, reason: `${by} says so` }),
    ),
  );
  assert.equal(changes.filter(Boolean).length, 1);
  const [row, ...others] = await readSwitches(ledger.db);
  assert.deepEqual([row?.is_on, row?.reason, others], [false, `${row?.changed_by} says so`, []]);
  assert.deepEqual(await told(), [
    { ...off, pool: null, by: row?.changed_by, reason: row?.reason },
  ]);
});

test('what is on already, be it untouched, is not switched on', async () => {
  assert.equal(await changeSwitch(ledger.db, { feature: 'ocr', on: true, by: 'ada' }), false);
  assert.deepEqual([await readSwitches(ledger.db), await told()], [[], []]);
});

test('a paused pool gets nothing while others do, and all with OCR off', async () => {
  const { db } = ledger;
  await uploaded(db);
  await uploaded(db, { pool: 'big' });
  await changeSwitch(db, { feature: 'ocr', pool: 'big', on: false, by: 'ada' });
  assert.deepEqual([await dispatched('big'), await dispatched(pool)], [0, 1]);
  await uploaded(db);
  await changeSwitch(db, { feature: 'ocr', on: false, by: 'ada' });
  await changeSwitch(db, { feature: 'ocr', pool: 'big', on: true, by: 'ada' });
  assert.deepEqual([await dispatched('big'), await dispatched(pool)], [0, 0]);
  await changeSwitch(db, { feature: 'ocr', on: true, by: 'ada' });
  assert.deepEqual([await dispatched('big'), await dispatched(pool)], [1, 1]);
});
