import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  activeWorker,
  claimAll,
  openTestLedger,
  pageRead,
  pool,
  processing,
  uploaded,
} from '../../../testing/ledger.ts';
import { changeSwitch } from '../switches/switches.ts';
import { dispatchTasks } from '../tasks/dispatch.ts';
import { finishTask } from '../tasks/finish.ts';
import { recordPages } from '../tasks/record-pages.ts';
import { mostEnded, observeWork } from './observe-work.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());

const observe = (from = pool, endedAfterMs = 0) =>
  observeWork(ledger.db, { pool: from, arrivalsSeconds: 60, endedAfterMs });

const nothing = { tasks: 0, unopened: 0, pages: 0, measuredPages: 0, megapixels: 0 };

test('a pool without work is all zeros', async () => {
  assert.deepEqual(await observe('empty'), {
    backlog: { amount: nothing, oldestSeconds: 0 },
    running: { amount: nothing, elapsedSeconds: 0 },
    arrivals: { amount: nothing, windowSeconds: 60 },
    ended: [],
  });
});

test('a long file is counted unopened, then by its pages and their size, then as done', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  await uploaded(db);
  const waiting = await observe();
  assert.deepEqual(waiting.backlog.amount, { ...nothing, tasks: 1, unopened: 1 });
  assert.deepEqual(waiting.arrivals.amount, waiting.backlog.amount);
  assert.ok(waiting.backlog.oldestSeconds >= 0);

  const [open] = await claimAll(db, worker);
  assert.ok(open);
  await db.query(`update attempts set started_at = now() - interval '10 seconds'`);
  const opened = await observe();
  assert.deepEqual(opened.backlog.amount, nothing);
  assert.deepEqual(opened.running.amount, { ...nothing, tasks: 1, unopened: 1 });
  assert.ok(opened.running.elapsedSeconds >= 10);

  // Pages of 100 x 200 pixels: 0.02 megapixels each.
  await finishTask(db, open.claim, {
    pageCount: 6,
    pages: [pageRead(1)],
    ranges: [
      { first: 2, last: 4 },
      { first: 5, last: 6 },
    ],
  });
  const cut = await observe();
  const { megapixels, ...counts } = cut.backlog.amount;
  assert.deepEqual(counts, { tasks: 2, unopened: 0, pages: 5, measuredPages: 5 });
  assert.ok(Math.abs(megapixels - 0.1) < 1e-9, `${megapixels}`);
  assert.deepEqual(cut.arrivals.amount, { ...cut.backlog.amount, tasks: 3, unopened: 1 });
  const [done] = cut.ended;
  assert.ok(done && cut.ended.length === 1);
  assert.deepEqual([done.opened, done.pages, done.megapixels], [true, 1, 0.02]);
  assert.ok(done.seconds >= 10, `${done.seconds}`);

  const claims = await claimAll(db, worker);
  const first = claims.find(({ claimed }) => claimed.task.first_page === 2);
  assert.ok(first);
  await recordPages(db, first.claim, { pageCount: 6, pages: [pageRead(2)] });
  const half = await observe();
  assert.equal(half.running.amount.pages, 4, 'what is recorded is not ahead any more');
  assert.ok(Math.abs(half.running.amount.megapixels - 0.08) < 1e-9);
  for (const { claim, claimed } of claims) {
    const numbers = claimed.task.first_page === 2 ? [3, 4] : [5, 6];
    const pages = numbers.map(pageRead);
    await finishTask(db, claim, { pageCount: 6, pages, ranges: [] });
  }
  const end = await observe(pool, done.endedAtMs);
  assert.deepEqual(end.running.amount, nothing);
  assert.deepEqual(
    end.ended.map((task) => [task.opened, task.pages]),
    [
      [false, 3],
      [false, 2],
    ],
    'only what ended after the given moment',
  );
  assert.ok(end.ended.every((task) => task.endedAtMs > done.endedAtMs));
});

test('a page that carries its text has no pixels to be recognised', async () => {
  const { db } = ledger;
  const { claim } = await processing(db, await activeWorker(db));
  const page = pageRead(1);
  assert.ok(page.status === 'done');
  const carried = { ...page, summary: { ...page.summary, source: 'text-layer' as const } };
  const ranges = [{ first: 2, last: 3 }];
  await finishTask(db, claim, { pageCount: 3, pages: [carried], ranges });
  const { backlog } = await observe();
  assert.deepEqual(backlog.amount, { ...nothing, tasks: 1, pages: 2, measuredPages: 2 });
});

test('a range cut before any page was read has pages of unknown size', async () => {
  const { db } = ledger;
  await claimAll(db, await activeWorker(db));
  const { claim } = await processing(db, await activeWorker(db));
  await finishTask(db, claim, { pageCount: 3, pages: [], ranges: [{ first: 1, last: 3 }] });
  const { backlog } = await observe();
  assert.deepEqual(backlog.amount, { ...nothing, tasks: 1, pages: 3 });
});

test('a task that waits for its time is no backlog', async () => {
  const { db } = ledger;
  await claimAll(db, await activeWorker(db));
  await uploaded(db);
  await db.query(`update tasks set run_at = now() + interval '1 hour' where status = 'waiting'`);
  assert.deepEqual((await observe()).backlog, { amount: nothing, oldestSeconds: 0 });
});

test('a paused pool asks for no workers, beyond what was dispatched before', async () => {
  const { db } = ledger;
  await uploaded(db, { pool: 'paused' });
  await dispatchTasks(db, 'paused', { size: 'all' });
  await uploaded(db, { pool: 'paused' });
  const tasks = async () => {
    const { backlog, arrivals } = await observe('paused');
    return [backlog.amount.tasks, arrivals.amount.tasks];
  };
  assert.deepEqual(await tasks(), [2, 2]);
  await changeSwitch(db, { feature: 'ocr', pool: 'paused', on: false, by: 'ada' });
  assert.deepEqual(await tasks(), [1, 0]);
  await changeSwitch(db, { feature: 'ocr', pool: 'paused', on: true, by: 'ada' });
  assert.deepEqual(await tasks(), [2, 2]);
});

test('ended tasks come in portions, the next one from the end of the last', async () => {
  const { db } = ledger;
  const { upload } = await processing(db, await activeWorker(db));
  const count = mostEnded + 1;
  await db.query(
    `with made as (
       insert into tasks (id, upload_id, reading, pool, share, kind, status, order_at, attempt, ended_at)
       select gen_random_uuid(), $1, 1, 'portions', 's', 'open', 'done', now(), 1,
              now() - n * interval '1 second' from generate_series(1, $2::int) as n
       returning id, ended_at
     )
     insert into attempts (task_id, attempt, dispatch, worker_id, worker_name, started_at, outcome)
     select id, 1, 1, gen_random_uuid(), 'w', ended_at - interval '2 seconds', 'done' from made`,
    [upload.id, count],
  );
  const { ended } = await observe('portions');
  assert.equal(ended.length, mostEnded);
  assert.ok(ended.every(({ seconds }) => Math.abs(seconds - 2) < 0.001));
  const next = await observe('portions', ended.at(-1)?.endedAtMs);
  assert.equal(next.ended.length, 1);
});
