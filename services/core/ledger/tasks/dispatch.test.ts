import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  activeWorker,
  claimAs,
  openTestLedger,
  outcomes,
  pool,
  uploaded,
} from '../../../testing/ledger.ts';
import { readDepth } from './depth.ts';
import { dispatchTasks } from './dispatch.ts';
import { readOutlook } from './outlook.ts';
import { reapTasks } from './reap.ts';
import { redispatchTasks } from './redispatch.ts';
import { undispatchTasks } from './undispatch.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());
afterEach(() => ledger.db.query('truncate uploads, workers cascade'));

const taskOf = async (uploadId: string) => {
  const [task] = await ledger.db.query<{ id: string }>(
    'select id from tasks where upload_id = $1',
    [uploadId],
  );
  assert.ok(task);
  return task.id;
};

test('the window is twice the live slots, at least four, over all gateways together', async () => {
  const { db } = ledger;
  for (let n = 0; n < 20; n++) await uploaded(db);
  const rounds = await Promise.all(
    [1, 2, 3].map(() => dispatchTasks(db, pool, { size: undefined })),
  );
  assert.equal(rounds.flat().length, 4);
  await activeWorker(db, 3);
  const more = await Promise.all([1, 2, 3].map(() => dispatchTasks(db, pool, { size: undefined })));
  assert.equal(more.flat().length, 2);
  assert.equal((await readDepth(db, pool)).waiting, 14);
});

test('`all` dispatches everything', async () => {
  const { db } = ledger;
  for (let n = 0; n < 6; n++) await uploaded(db);
  assert.equal((await dispatchTasks(db, pool, { size: 'all' })).length, 6);
});

test('a single photo does not wait behind the import of somebody else', async () => {
  const { db } = ledger;
  for (let n = 0; n < 10; n++) await uploaded(db, { userId: 'importer' });
  const photo = await uploaded(db, { userId: 'scorer' });
  const order = await dispatchTasks(db, pool, { size: 2 });
  const ids = order.map((task) => task.id);
  assert.ok(ids.includes(await taskOf(photo.id)));
});

test('interactive goes before bulk, and bulk ages past newer interactive', async () => {
  const { db } = ledger;
  const bulk = await uploaded(db, { priority: 'bulk', userId: 'a' });
  const photo = await uploaded(db, { userId: 'b' });
  const [first] = await dispatchTasks(db, pool, { size: 1 });
  assert.equal(first?.id, await taskOf(photo.id));
  await db.query(
    `update tasks set order_at = order_at - interval '11 minutes' where upload_id = $1`,
    [bulk.id],
  );
  await uploaded(db, { userId: 'c' });
  const [second] = await dispatchTasks(db, pool, { size: 2 });
  assert.equal(second?.id, await taskOf(bulk.id));
});

test('what the broker did not take waits again, unless it was dispatched anew', async () => {
  const { db } = ledger;
  await uploaded(db);
  const first = await dispatchTasks(db, pool, { size: 'all' });
  const second = await redispatchTasks(db, pool, { olderThanMs: -1_000, limit: 10 });
  await undispatchTasks(db, first, 0);
  assert.equal((await readDepth(db, pool)).dispatched, 1);
  await undispatchTasks(db, second, 60_000);
  assert.equal((await readDepth(db, pool)).waiting, 1);
  const { next_due_ms } = await readOutlook(db, pool);
  assert.ok(next_due_ms && next_due_ms > 50_000);
});

test('only dispatches older than asked are repeated', async () => {
  const { db } = ledger;
  await uploaded(db);
  await dispatchTasks(db, pool, { size: 'all' });
  assert.deepEqual(await redispatchTasks(db, pool, { olderThanMs: 60_000, limit: 10 }), []);
});

test('a task whose lease ended is taken back once, by whichever reaper comes first', async () => {
  const { db } = ledger;
  const upload = await uploaded(db);
  const worker = await activeWorker(db);
  const [task] = await dispatchTasks(db, pool, { size: 'all' });
  assert.ok(task);
  await claimAs(db, worker, task);
  assert.equal(await reapTasks(db, 'lease-ended'), 0);
  await db.query(`update tasks set lease_until = now() - interval '1 second'`);
  const reaped = await Promise.all([1, 2, 3].map(() => reapTasks(db, 'lease-ended')));
  assert.equal(
    reaped.reduce((sum, n) => sum + n),
    1,
  );
  assert.deepEqual(await outcomes(db, upload.id), ['lost']);
});

test('a task that loses worker after worker ends as poison', async () => {
  const { db } = ledger;
  const upload = await uploaded(db);
  const worker = await activeWorker(db);
  for (let round = 0; round < 6; round++) {
    const [task] = await dispatchTasks(db, pool, { size: 'all' });
    assert.ok(task, `round ${round}`);
    await claimAs(db, worker, task);
    await db.query(`update tasks set lease_until = now() - interval '1 second'`);
    await reapTasks(db, 'lease-ended');
  }
  const [row] = await db.query<{ status: string; error_code: string }>(
    'select status, error_code from uploads where id = $1',
    [upload.id],
  );
  assert.deepEqual(row, { status: 'failed', error_code: 'task.poison' });
});
