// A commit whose answer was lost is asked for again: one effect, no error, nothing counted twice.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  activeWorker,
  claimAll,
  eventTypes,
  openTestLedger,
  outcomes,
  pageFailed,
  pageRead,
  processing,
} from '../../../testing/ledger.ts';
import { getUpload } from '../uploads/get.ts';
import { finishTask } from './finish.ts';
import { recordPages } from './record-pages.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let worker: string;
before(async () => {
  ledger = await openTestLedger();
  worker = await activeWorker(ledger.db);
});
after(() => ledger.close());
afterEach(() => ledger.db.query('truncate uploads cascade'));

test('pages recorded again by the same attempt are counted and told once', async () => {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  const first = { pageCount: 3, pages: [pageRead(1), pageFailed(2)] };
  await recordPages(db, claim, first);
  const once = await getUpload(db, upload.id);
  await recordPages(db, claim, first);
  // One page more than the commit whose answer was lost had.
  await recordPages(db, claim, { pageCount: 3, pages: [...first.pages, pageRead(3)] });
  const after = await getUpload(db, upload.id);
  assert.deepEqual([after.pages_done, after.pages_failed], [2, 1]);
  assert.deepEqual([once.ocr_ms, after.ocr_ms, after.ocr_cpu_ms], [100, 200, 180]);
  const told = (await eventTypes(db, upload.id)).filter((type) => type.startsWith('page.'));
  assert.deepEqual(told, ['page.done', 'page.failed', 'page.done']);
});

test('a task that ends again with the same claim has one end', async () => {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  const finish = { pageCount: 2, pages: [pageRead(1), pageRead(2)], ranges: [] };
  const parsed = await finishTask(db, claim, finish);
  const again = await finishTask(db, claim, finish);
  assert.deepEqual(again, parsed);
  assert.deepEqual([again.status, again.pages_done, again.ocr_ms], ['parsed', 2, 200]);
  const events = await eventTypes(db, upload.id);
  assert.equal(events.filter((type) => type === 'upload.parsed').length, 1);
  assert.equal(events.filter((type) => type === 'page.done').length, 2);
  assert.deepEqual(await outcomes(db, upload.id), ['done']);
});

test('a task that shares out its pages again leaves the ranges of the first time', async () => {
  const { db } = ledger;
  const { claim } = await processing(db, worker);
  const ranges = [
    { first: 2, last: 3 },
    { first: 4, last: 5 },
  ];
  const finish = { pageCount: 5, pages: [pageRead(1)], ranges };
  await finishTask(db, claim, finish);
  await finishTask(db, claim, finish);
  assert.equal((await claimAll(db, worker)).length, 2);
});

test('a page that another attempt has recorded is no repetition', async () => {
  const { db } = ledger;
  const { claim } = await processing(db, worker);
  await recordPages(db, claim, { pageCount: 2, pages: [pageRead(1)] });
  await db.query('update tasks set attempt = 2 where id = $1', [claim.taskId]);
  const other = { ...claim, attempt: 2 };
  const repeated = recordPages(db, other, { pageCount: 2, pages: [pageRead(1)] });
  await assert.rejects(repeated, /page 1 .* is not waiting/);
});
