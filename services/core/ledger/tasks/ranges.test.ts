// Fan-out and fan-in: a long file becomes ranges, whoever ends the last one moves the upload.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  activeWorker,
  claimAll,
  eventTypes,
  openTestLedger,
  pageFailed,
  pageRead,
  processing,
} from '../../../testing/ledger.ts';
import { AppError } from '../../errors.ts';
import { getUpload } from '../uploads/get.ts';
import { getPages } from '../uploads/get-detail.ts';
import { retryUpload } from '../uploads/retry.ts';
import { failTask } from './fail.ts';
import { finishTask } from './finish.ts';
import { recordPages } from './record-pages.ts';
import { waitingPages } from './waiting-pages.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let worker: string;
before(async () => {
  ledger = await openTestLedger();
  worker = await activeWorker(ledger.db);
});
after(() => ledger.close());
// What one test leaves to be tried again must not be claimed by the next.
afterEach(() => ledger.db.query('truncate uploads cascade'));

/** An upload of five pages, the first read, the others in two ranges that are both held. */
async function fannedOut() {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  await finishTask(db, claim, {
    pageCount: 5,
    pages: [pageRead(1)],
    ranges: [
      { first: 2, last: 3 },
      { first: 4, last: 5 },
    ],
  });
  const [left, right] = await claimAll(db, worker);
  assert.ok(left && right);
  return { id: upload.id, left, right };
}

test('two last ranges that end at once parse the upload exactly once', async () => {
  const { db } = ledger;
  for (let round = 0; round < 10; round++) {
    const { id, left, right } = await fannedOut();
    assert.equal((await getUpload(db, id)).status, 'processing');
    await Promise.all([
      finishTask(db, left.claim, { pageCount: 5, pages: [pageRead(2), pageRead(3)], ranges: [] }),
      finishTask(db, right.claim, { pageCount: 5, pages: [pageRead(4), pageRead(5)], ranges: [] }),
    ]);
    const upload = await getUpload(db, id);
    assert.equal(upload.status, 'parsed');
    assert.equal(upload.pages_done, 5);
    assert.equal(upload.preview?.metadata.words, 15);
    const events = await eventTypes(db, id);
    assert.equal(events.filter((type) => type === 'upload.parsed').length, 1);
    assert.equal(events.filter((type) => type === 'page.done').length, 5);
  }
});

test('pages recorded before a crash are not read again', async () => {
  const { db } = ledger;
  const { id, left, right } = await fannedOut();
  await recordPages(db, left.claim, { pageCount: 5, pages: [pageRead(2)] });
  const failure = { error: new AppError('engine.crashed'), page: 3, pageCount: 5, random: 0 };
  assert.equal(await failTask(db, left.claim, failure), 'waiting');
  assert.deepEqual(await waitingPages(db, left.claimed.task), [3]);
  assert.deepEqual(await waitingPages(db, right.claimed.task), [4, 5]);
  assert.equal((await getUpload(db, id)).status, 'processing');
});

test('one bad page fails alone', async () => {
  const { db } = ledger;
  const { id, left, right } = await fannedOut();
  await finishTask(db, left.claim, {
    pageCount: 5,
    pages: [pageRead(2), pageFailed(3)],
    ranges: [],
  });
  await finishTask(db, right.claim, {
    pageCount: 5,
    pages: [pageRead(4), pageRead(5)],
    ranges: [],
  });
  const upload = await getUpload(db, id);
  assert.equal(upload.status, 'parsed');
  assert.equal(upload.pages_failed, 1);
  assert.equal(upload.preview?.metadata.pages_failed, 1);
});

test('an upload without one readable page is failed with the code of its first page', async () => {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  const after = await finishTask(db, claim, {
    pageCount: 2,
    pages: [pageFailed(1), pageFailed(2)],
    ranges: [],
  });
  assert.equal(after.status, 'failed');
  assert.equal(after.error_code, 'page.corrupt');
  assert.equal((await getUpload(db, upload.id)).pages_failed, 2);
});

test('retry reads the failed pages again and keeps the others', async () => {
  const { db } = ledger;
  const { id, left, right } = await fannedOut();
  await finishTask(db, left.claim, {
    pageCount: 5,
    pages: [pageRead(2), pageFailed(3)],
    ranges: [],
  });
  await finishTask(db, right.claim, {
    pageCount: 5,
    pages: [pageFailed(4), pageRead(5)],
    ranges: [],
  });
  await retryUpload(db, id);
  const claims = await claimAll(db, worker);
  assert.equal(claims.length, 2, 'suspicious pages get a task each');
  for (const { claim, claimed } of claims) {
    const [number] = await waitingPages(db, claimed.task);
    assert.ok(number);
    await finishTask(db, claim, { pageCount: 5, pages: [pageRead(number)], ranges: [] });
  }
  const upload = await getUpload(db, id);
  assert.deepEqual([upload.status, upload.pages_done, upload.pages_failed], ['parsed', 5, 0]);
});

test('a page that kills its engine again and again is set aside, the rest is read', async () => {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  const failure = { error: new AppError('engine.crashed'), page: 1, pageCount: 2, random: 0 };
  let held = claim;
  for (let round = 1; round <= 2; round++) {
    assert.equal(await failTask(db, held, failure), 'waiting');
    await db.query('update tasks set run_at = now() where upload_id = $1', [upload.id]);
    const [again] = await claimAll(db, worker);
    assert.ok(again);
    held = again.claim;
  }
  assert.equal(await failTask(db, held, failure), 'waiting');
  const [first] = await getPages(db, await getUpload(db, upload.id));
  assert.equal(first?.error_code, 'task.poison');
  const [last] = await claimAll(db, worker);
  assert.ok(last);
  assert.deepEqual(await waitingPages(db, last.claimed.task), [2]);
  const parsed = await finishTask(db, last.claim, {
    pageCount: 2,
    pages: [pageRead(2)],
    ranges: [],
  });
  assert.deepEqual([parsed.status, parsed.pages_failed], ['parsed', 1]);
});

test('outages are waited out and counted for nobody', async () => {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  let held = claim;
  for (let round = 0; round < 5; round++) {
    const error = new AppError('objects.unavailable');
    await failTask(db, held, { error, page: undefined, pageCount: undefined, random: 0 });
    await db.query('update tasks set run_at = now() where upload_id = $1', [upload.id]);
    const [again] = await claimAll(db, worker);
    assert.ok(again);
    assert.equal(again.claimed.task.failures, 0);
    held = again.claim;
  }
});

test('what cannot be opened fails at once, with its own code', async () => {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  const error = new AppError('file.encrypted');
  await failTask(db, claim, { error, page: undefined, pageCount: undefined, random: 0 });
  const after = await getUpload(db, upload.id);
  assert.deepEqual([after.status, after.error_code], ['failed', 'file.encrypted']);
});
