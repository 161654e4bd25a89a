// What the controller asks every few seconds must cost what is new, not what there is.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openTestLedger } from '../../../testing/ledger.ts';
import { aheadSql, arrivalsSql, endedSql } from './observe-work.ts';
import { recountSql } from './terminated.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
  await fill();
});
after(() => ledger.close());

const tasks = 20_000;

/** A long past: all tasks done, each in one attempt of one page; a few went wrong before. */
async function fill(): Promise<void> {
  await ledger.db.transaction(async (tx) => {
    // Tasks and pages of uploads that are not there: these are not read.
    await tx.query('set local session_replication_role = replica');
    await tx.query(
      `insert into tasks (id, upload_id, reading, pool, share, kind, status, order_at, attempt, created_at, ended_at)
       select gen_random_uuid(), gen_random_uuid(), 1, 'default', 's', 'open', 'done', now(), 1, at, at
         from (select now() - n * interval '1 minute' as at from generate_series(1, $1::int) as n) as past`,
      [tasks],
    );
    await tx.query(
      `insert into attempts (task_id, attempt, dispatch, worker_id, worker_name, started_at, ended_at, outcome)
       select id, 1, 1, gen_random_uuid(), 'w', ended_at, ended_at,
              case when random() < 0.05 then 'given_back' else 'done' end
         from tasks`,
    );
    await tx.query(
      `insert into pages (upload_id, reading, number, status, task_id, attempt)
       select upload_id, 1, 1, 'done', id, 1 from tasks`,
    );
    await tx.query(`insert into scaling (pool, epoch) values ('default', 1)`);
    await tx.query(
      `with lowering as (insert into scale_downs (pool, epoch, from_workers, to_workers)
                         values ('default', 1, 2, 1) returning id)
       insert into scale_down_workers (scale_down_id, worker_id, worker_name, chosen, went)
       select id, $1, 'w', true, true from lowering`,
      [randomUUID()],
    );
  });
  await ledger.db.query('analyze');
}

async function planOf(sql: string, values: readonly unknown[]): Promise<string> {
  const rows = await ledger.db.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const minute = Date.now() - 60_000;
for (const [name, sql, values] of [
  ['what waits and runs', aheadSql, ['default']],
  ['what arrived', arrivalsSql, ['default', 60]],
  ['what ended', endedSql, ['default', minute, 500]],
  ['attempts that a lowering ended', recountSql, ['default']],
] as const) {
  test(`${name}: by an index, nothing of the past is read`, async () => {
    const plan = await planOf(sql, values);
    assert.doesNotMatch(plan, /Seq Scan on (uploads|tasks|attempts|pages)/, plan);
    assert.match(plan, /Index/, plan);
  });
}
