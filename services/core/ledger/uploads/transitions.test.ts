// The edges of an upload's life that people cause, each also with two callers at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  activeWorker,
  claimAll,
  eventTypes,
  initiated,
  openTestLedger,
  outcomes,
  pageRead,
  pinned,
  processing,
  uploaded,
} from '../../../testing/ledger.ts';
import { finishTask } from '../tasks/finish.ts';
import { applyUpload } from './apply.ts';
import { cancelUpload } from './cancel.ts';
import { completeUpload } from './complete.ts';
import { deleteUpload } from './delete.ts';
import { dueDeletions } from './deletions.ts';
import { expiredUploads } from './expired.ts';
import { getUpload } from './get.ts';
import { listUploads } from './list.ts';
import { readAgain } from './read-again.ts';
import { retryUpload } from './retry.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let worker: string;
before(async () => {
  ledger = await openTestLedger();
  worker = await activeWorker(ledger.db);
});
after(() => ledger.close());

const onePage = { pageCount: 1, pages: [pageRead(1)], ranges: [] };

async function parsed() {
  const { upload, claim } = await processing(ledger.db, worker);
  await finishTask(ledger.db, claim, onePage);
  return upload.id;
}

test('concurrent completes have one effect and the same answer', async () => {
  const { db } = ledger;
  const { id } = await initiated(db);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => completeUpload(db, id, pinned)),
  );
  assert.equal(answers.filter((answer) => answer.changed).length, 1);
  assert.ok(answers.every((answer) => answer.upload.status === 'uploaded'));
  const tasks = await db.query('select id from tasks where upload_id = $1', [id]);
  assert.equal(tasks.length, 1);
  assert.deepEqual(await eventTypes(db, id), ['upload.initiated', 'upload.uploaded']);
});

test('a cancel voids the claim of whoever reads, and ends every task', async () => {
  const { db } = ledger;
  await claimAll(db, worker);
  const { upload, claim } = await processing(db, worker);
  const answers = await Promise.all([1, 2, 3].map(() => cancelUpload(db, upload.id, 'requested')));
  assert.equal(answers.filter((answer) => answer.changed).length, 1);
  await assert.rejects(finishTask(db, claim, onePage), { code: 'task.cancelled' });
  assert.deepEqual(await outcomes(db, upload.id), ['cancelled']);
  assert.equal((await getUpload(db, upload.id)).status, 'cancelled');
});

test('a cancel and a finish at once: one of them wins, and both agree', async () => {
  const { db } = ledger;
  for (let round = 0; round < 10; round++) {
    const { upload, claim } = await processing(db, worker);
    const [cancelled, finished] = await Promise.allSettled([
      cancelUpload(db, upload.id, 'requested'),
      finishTask(db, claim, onePage),
    ]);
    const { status } = await getUpload(db, upload.id);
    assert.notEqual(cancelled.status, finished.status);
    assert.equal(status, cancelled.status === 'fulfilled' ? 'cancelled' : 'parsed');
  }
});

test('a read upload is discarded, not cancelled; an applied one is neither', async () => {
  const { db } = ledger;
  const id = await parsed();
  await assert.rejects(cancelUpload(db, id, 'requested'), { code: 'upload.wrong_status' });
  const { upload } = await cancelUpload(db, id, 'discarded');
  assert.deepEqual([upload.status, upload.status_reason], ['cancelled', 'discarded']);
  const other = await parsed();
  await applyUpload(db, other, { validatedData: undefined, version: undefined });
  await assert.rejects(cancelUpload(db, other, 'discarded'), { code: 'upload.wrong_status' });
});

test('a review again is the same one although JSON keeps some of its numbers differently', async () => {
  const { db } = ledger;
  const id = await parsed();
  const review = {
    validatedData: { runs: -0, rate: Number.POSITIVE_INFINITY },
    version: undefined,
  };
  assert.equal((await applyUpload(db, id, review)).changed, true);
  assert.equal((await applyUpload(db, id, review)).changed, false);
});

test('apply happens once: the same review again is the same answer, another one is refused', async () => {
  const { db } = ledger;
  const id = await parsed();
  const review = { validatedData: { innings: [{ runs: 7, by: ['A', 'B'] }] }, version: undefined };
  const answers = await Promise.all(Array.from({ length: 5 }, () => applyUpload(db, id, review)));
  assert.equal(answers.filter((answer) => answer.changed).length, 1);
  assert.deepEqual((await getUpload(db, id)).validated_data, review.validatedData);
  const other = { validatedData: { innings: [] }, version: undefined };
  await assert.rejects(applyUpload(db, id, other), { code: 'upload.wrong_status' });
  const events = await eventTypes(db, id);
  assert.equal(events.filter((type) => type === 'upload.applied').length, 1);
});

test('a review of a version that has passed is refused', async () => {
  const { db } = ledger;
  const id = await parsed();
  const { version } = await getUpload(db, id);
  const stale = { validatedData: undefined, version: version - 1 };
  await assert.rejects(applyUpload(db, id, stale), { code: 'upload.version_conflict' });
  const { upload } = await applyUpload(db, id, { validatedData: undefined, version });
  assert.equal(upload.status, 'applied');
});

test('nothing is applied that was not read', async () => {
  const { id } = await uploaded(ledger.db);
  const review = { validatedData: undefined, version: undefined };
  await assert.rejects(applyUpload(ledger.db, id, review), { code: 'upload.wrong_status' });
});

test('reading again is a new reading with its own pages', async () => {
  const { db } = ledger;
  await claimAll(db, worker);
  const id = await parsed();
  const again = await readAgain(db, id, { layout: 'table' });
  assert.deepEqual(
    [again.reading, again.layout, again.model, again.page_count],
    [2, 'table', 'fast', null],
  );
  const [second] = await claimAll(db, worker);
  assert.ok(second);
  await finishTask(db, second.claim, onePage);
  const pages = await db.query('select reading from pages where upload_id = $1 order by reading', [
    id,
  ]);
  assert.deepEqual(pages, [{ reading: 1 }, { reading: 2 }]);
});

test('only what failed can be retried', async () => {
  const id = await parsed();
  await assert.rejects(retryUpload(ledger.db, id), { code: 'upload.wrong_status' });
});

test('a deleted upload leaves its events and a note to remove its objects', async () => {
  const { db } = ledger;
  const { upload, claim } = await processing(db, worker);
  await deleteUpload(db, upload.id, { objectsDueIn: -1 });
  await assert.rejects(getUpload(db, upload.id), { code: 'upload.not_found' });
  await assert.rejects(finishTask(db, claim, onePage), { code: 'task.cancelled' });
  assert.equal((await eventTypes(db, upload.id)).at(-1), 'upload.deleted');
  assert.ok((await dueDeletions(db, 100)).includes(upload.id));
});

test('the objects of an upload that exists again are not due, whatever was noted', async () => {
  const { db } = ledger;
  const { upload } = await processing(db, worker);
  await deleteUpload(db, upload.id, { objectsDueIn: -1 });
  await uploaded(db, { id: upload.id });
  assert.ok(!(await dueDeletions(db, 100)).includes(upload.id));
});

test('only uploads that were never completed expire', async () => {
  const { db } = ledger;
  const [old, fresh, complete] = [await initiated(db), await initiated(db), await uploaded(db)];
  await db.query(`update uploads set created_at = now() - interval '2 days' where id = any($1)`, [
    [old.id, complete.id],
  ]);
  const ids = await expiredUploads(db, { seconds: 86_400, limit: 100 });
  assert.ok(ids.includes(old.id));
  assert.ok(!ids.includes(fresh.id) && !ids.includes(complete.id));
});

test('the list pages through everything once, also when rows share a time', async () => {
  const { db } = ledger;
  for (let n = 0; n < 7; n++) await initiated(db, { gameId: 'listed' });
  await db.query(`update uploads set created_at = now() where game_id = 'listed'`);
  const seen: string[] = [];
  let after: Awaited<ReturnType<typeof listUploads>>['next'];
  do {
    const { uploads, next } = await listUploads(db, { gameId: 'listed', limit: 3, after });
    seen.push(...uploads.map((upload) => upload.id));
    after = next;
  } while (after);
  assert.equal(seen.length, 7);
  assert.equal(new Set(seen).size, 7);
});
