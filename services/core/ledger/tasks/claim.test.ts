import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  activeWorker,
  claimAll,
  claimAs,
  eventTypes,
  openTestLedger,
  outcomes,
  pageRead,
  pool,
  processing,
  uploaded,
} from '../../../testing/ledger.ts';
import { maxLosses } from '../../domain/retry.ts';
import { getUpload } from '../uploads/get.ts';
import { drainWorker } from '../workers/drain.ts';
import { heartbeat } from '../workers/heartbeat.ts';
import { dispatchTasks } from './dispatch.ts';
import { finishTask } from './finish.ts';
import { giveBackTask } from './give-back.ts';
import { recordPages } from './record-pages.ts';
import { redispatchTasks } from './redispatch.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());

async function dispatched() {
  const upload = await uploaded(ledger.db);
  const [task] = await dispatchTasks(ledger.db, pool, { size: 'all' });
  assert.ok(task);
  return { upload, task };
}

test('of many claims of one message exactly one holds the task', async () => {
  const { db } = ledger;
  const { upload, task } = await dispatched();
  const workers = await Promise.all(Array.from({ length: 8 }, () => activeWorker(db)));
  const results = await Promise.all(workers.map((worker) => claimAs(db, worker, task)));
  const kinds = results.map((result) => result.kind).sort();
  assert.deepEqual(kinds, ['claimed', ...Array(7).fill('held')]);
  assert.deepEqual(await eventTypes(db, upload.id), [
    'upload.initiated',
    'upload.uploaded',
    'upload.processing',
  ]);
});

test('a message of an older dispatch is stale', async () => {
  const { db } = ledger;
  const { task } = await dispatched();
  const worker = await activeWorker(db);
  const [again] = await redispatchTasks(db, pool, { olderThanMs: -1_000, limit: 10 });
  assert.equal(again?.dispatch, task.dispatch + 1);
  assert.equal((await claimAs(db, worker, task)).kind, 'stale');
  assert.equal((await claimAs(db, worker, again)).kind, 'claimed');
});

test('a message of a finished task is stale', async () => {
  const { db } = ledger;
  const { task } = await dispatched();
  const worker = await activeWorker(db);
  const claimed = await claimAs(db, worker, task);
  assert.equal(claimed.kind, 'claimed');
  const claim = { taskId: task.id, attempt: 1, workerId: worker };
  await finishTask(db, claim, { pageCount: 1, pages: [pageRead(1)], ranges: [] });
  assert.equal((await claimAs(db, worker, task)).kind, 'stale');
});

test('the holder itself adopts a message delivered again', async () => {
  const { db } = ledger;
  const { task } = await dispatched();
  const worker = await activeWorker(db);
  await claimAs(db, worker, task);
  const again = await claimAs(db, worker, task);
  assert.ok(again.kind === 'adopt');
  assert.deepEqual([again.task.id, again.attempt, again.upload.attempts], [task.id, 1, 1]);
});

test('a holder that drains adopts all the same: what it holds it must bring to an end', async () => {
  const { db } = ledger;
  const { task } = await dispatched();
  const worker = await activeWorker(db);
  await claimAs(db, worker, task);
  await drainWorker(db, worker, { owner: 'test', seconds: 60 });
  assert.equal((await claimAs(db, worker, task)).kind, 'adopt');
});

test('a heartbeat renews what the worker runs, and lists what it holds', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  const [runs, forgot] = [await dispatched(), await dispatched()];
  for (const { task } of [runs, forgot]) await claimAs(db, worker, task);
  const beat = await heartbeat(db, { id: worker, runs: [runs.task.id], leaseMs: 3_600_000 });
  assert.equal(beat?.held.size, 2);
  const renewed = await db.query<{ id: string }>(
    `select id from tasks where worker_id = $1 and lease_until > now() + interval '30 minutes'`,
    [worker],
  );
  assert.deepEqual(renewed, [{ id: runs.task.id }]);
});

test('a live holder keeps its task, a silent one loses it to a higher attempt', async () => {
  const { db } = ledger;
  const { upload, task } = await dispatched();
  const [holder, other] = [await activeWorker(db), await activeWorker(db)];
  await claimAs(db, holder, task);
  assert.deepEqual(await claimAs(db, other, task), {
    kind: 'held',
    holder: { workerId: holder, attempt: 1 },
  });
  const wrong = await claimAs(db, other, task, { workerId: holder, attempt: 7 });
  assert.equal(wrong.kind, 'held', 'a ping about another attempt proves nothing');
  const taken = await claimAs(db, other, task, { workerId: holder, attempt: 1 });
  assert.equal(taken.kind === 'claimed' && taken.attempt, 2);
  assert.deepEqual(await outcomes(db, upload.id), ['lost', null]);
});

test('a holder whose heartbeat is overdue loses its task without a ping', async () => {
  const { db } = ledger;
  const { task } = await dispatched();
  const [holder, other] = [await activeWorker(db), await activeWorker(db)];
  await claimAs(db, holder, task);
  await db.query(`update workers set heartbeat_at = now() - interval '16 seconds' where id = $1`, [
    holder,
  ]);
  assert.equal((await claimAs(db, other, task)).kind, 'claimed');
});

test('a task that loses worker after worker is not handed to another one', async () => {
  const { db } = ledger;
  const { upload, task } = await dispatched();
  let holder = await activeWorker(db);
  await claimAs(db, holder, task);
  for (let attempt = 1; attempt < maxLosses; attempt++) {
    const next = await activeWorker(db);
    const taken = await claimAs(db, next, task, { workerId: holder, attempt });
    assert.equal(taken.kind, 'claimed', `after ${attempt} losses`);
    holder = next;
  }
  const last = await activeWorker(db);
  const silentHolder = { workerId: holder, attempt: maxLosses };
  assert.equal((await claimAs(db, last, task, silentHolder)).kind, 'poisoned');
  assert.equal((await claimAs(db, last, task)).kind, 'stale');
  const { status, error_code } = await getUpload(db, upload.id);
  assert.deepEqual([status, error_code], ['failed', 'task.poison']);
  assert.deepEqual(await outcomes(db, upload.id), Array(maxLosses).fill('lost'));
});

test('the former holder can no longer finish, give back or renew', async () => {
  const { db } = ledger;
  const { upload, task } = await dispatched();
  const [zombie, heir] = [await activeWorker(db), await activeWorker(db)];
  await claimAs(db, zombie, task);
  await claimAs(db, heir, task, { workerId: zombie, attempt: 1 });
  const old = { taskId: task.id, attempt: 1, workerId: zombie };
  const finish = { pageCount: 1, pages: [pageRead(1)], ranges: [] };
  await assert.rejects(finishTask(db, old, finish), { code: 'task.fenced' });
  await assert.rejects(giveBackTask(db, old), { code: 'task.fenced' });
  const beat = await heartbeat(db, { id: zombie, runs: [task.id], leaseMs: 30_000 });
  assert.equal(beat?.held.size, 0);
  const parsed = await finishTask(db, { taskId: task.id, attempt: 2, workerId: heir }, finish);
  assert.equal(parsed.status, 'parsed');
  const events = await eventTypes(db, upload.id);
  assert.equal(events.filter((type) => type === 'upload.parsed').length, 1);
});

test('an earlier attempt of the holder itself has no effect any more', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  await claimAll(db, worker);
  const { claim: first } = await processing(db, worker);
  await giveBackTask(db, first);
  const [second] = await claimAll(db, worker);
  assert.deepEqual(second?.claim, { ...first, attempt: 2 });
  const read = { pageCount: 1, pages: [pageRead(1)], ranges: [] };
  await assert.rejects(recordPages(db, first, read), { code: 'task.fenced' });
  await assert.rejects(giveBackTask(db, first), { code: 'task.fenced' });
  await assert.rejects(finishTask(db, first, read), { code: 'task.fenced' });
  assert.equal((await finishTask(db, second.claim, read)).status, 'parsed');
});

test('a draining worker is refused, so that a drained one holds nothing', async () => {
  const { db } = ledger;
  // Claims and the drain race: whatever order the server chose, no claim may follow the drain.
  for (let round = 0; round < 10; round++) {
    const worker = await activeWorker(db);
    const tasks = [await dispatched(), await dispatched()];
    const [, ...claims] = await Promise.all([
      drainWorker(db, worker, { owner: 'test', seconds: 60 }),
      ...tasks.map(({ task }) => claimAs(db, worker, task)),
    ]);
    const beat = await heartbeat(db, { id: worker, runs: [], leaseMs: 30_000 });
    const claimed = claims.filter((claim) => claim.kind === 'claimed').length;
    assert.equal(beat?.state, 'draining');
    assert.equal(beat.held.size, claimed);
    assert.equal(beat.drained, claimed === 0);
    const late = await dispatched();
    assert.equal((await claimAs(db, worker, late.task)).kind, 'refused');
  }
});

test('an unknown worker is refused', async () => {
  const { task } = await dispatched();
  const unknown = await claimAs(ledger.db, '00000000-0000-4000-8000-000000000000', task);
  assert.equal(unknown.kind, 'refused');
});

test('a task given back is dispatched again and counts as no failure', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  await claimAll(db, worker);
  const { upload, claim } = await processing(db, worker);
  await giveBackTask(db, claim);
  const [again] = await claimAll(db, worker);
  assert.equal(again?.claimed.task.id, claim.taskId);
  assert.equal(again.claimed.task.failures, 0);
  assert.deepEqual(await outcomes(db, upload.id), ['given_back', null]);
});
