// The order of dispatch under load: nobody waits behind an import, and the import is not forgotten.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { activeWorker, claimAll, openTestLedger, pool, uploaded } from '../../../testing/ledger.ts';
import { dispatchSql, dispatchTasks } from './dispatch.ts';
import { finishTask } from './finish.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());
afterEach(() => ledger.db.query('truncate uploads, workers cascade'));

/** A file of 500 pages, opened and left to 500 tasks. */
async function import500Pages(): Promise<string> {
  const { db } = ledger;
  const { id } = await uploaded(db, { userId: 'importer' });
  const [opened] = await claimAll(db, await activeWorker(db));
  assert.ok(opened);
  const ranges = Array.from({ length: 500 }, (_, n) => ({ first: n + 1, last: n + 1 }));
  await finishTask(db, opened.claim, { pageCount: 500, pages: [], ranges });
  return id;
}

/** Uploads of the tasks that a window of four takes, which are then read. */
async function nextFour(): Promise<string[]> {
  await dispatchTasks(ledger.db, pool, { size: 4 });
  const tasks = await ledger.db.query<{ upload_id: string }>(
    `update tasks set status = 'done' where status = 'dispatched' returning upload_id`,
  );
  assert.equal(tasks.length, 4, 'no slot stays empty while something waits');
  return tasks.map((task) => task.upload_id);
}

/** As if time had passed: every place in the order is a second older. */
const aSecondPasses = () =>
  ledger.db.query(`update tasks set order_at = order_at - interval '1 second'`);

test('a photo that comes while 500 pages wait is in the next window', async () => {
  const book = await import500Pages();
  for (let round = 0; round < 20; round++) {
    const photo = await uploaded(ledger.db, { userId: `scorer-${round % 3}` });
    const served = await nextFour();
    assert.ok(served.includes(photo.id), `round ${round}`);
    assert.equal(served.filter((id) => id === book).length, 3, 'the other slots read the book');
    await aSecondPasses();
  }
});

test('an import goes on while more photos come than can be read', async () => {
  const book = await import500Pages();
  let pages = 0;
  for (let round = 0; round < 30; round++) {
    for (let n = 0; n < 6; n++) await uploaded(ledger.db, { userId: `scorer-${round}-${n}` });
    pages += (await nextFour()).filter((id) => id === book).length;
    await aSecondPasses();
  }
  // Of seven shares it is one: 120 slots, about 17 pages; at least half of that.
  assert.ok(pages >= 8 && pages <= 60, `${pages} pages`);
});

test('dispatch reads what it takes, not what waits', async () => {
  const { db } = ledger;
  const { id } = await uploaded(db);
  await db.query(
    `insert into tasks (id, upload_id, reading, pool, share, kind, order_at)
     select gen_random_uuid(), $1, 1, $2, 'share-' || n % 50, 'open', now() + n * interval '1 second'
       from generate_series(1, 20000) as n`,
    [id, pool],
  );
  await db.query('analyze tasks');
  const nodes = await explain(dispatchSql, [pool, 8]);
  const scan = nodes.find((node) => node['Index Name'] === 'tasks_waiting');
  assert.ok(scan, 'by its index');
  assert.ok(Number(scan['Actual Rows']) <= 8);
  const sorts = nodes.filter((node) => node['Node Type'] === 'Sort');
  assert.ok(sorts.every((node) => Number(node['Actual Rows']) <= 8));
});

type Node = Record<string, unknown> & { Plans?: Node[] };

/** Every node of the plan, as it was run; what it changed is rolled back. */
async function explain(sql: string, values: unknown[]): Promise<Node[]> {
  let plan: Node | undefined;
  const rolledBack = new Error('rolled back');
  const run = ledger.db.transaction(async (tx) => {
    const [row] = await tx.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
      `explain (analyze, format json) ${sql}`,
      values,
    );
    plan = row?.['QUERY PLAN'][0].Plan;
    throw rolledBack;
  });
  await assert.rejects(run, rolledBack);
  const flatten = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
  return plan ? flatten(plan) : [];
}
