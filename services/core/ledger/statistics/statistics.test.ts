// What is counted again and again is right, and read from indexes alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { activeWorker, openTestLedger } from '../../../testing/ledger.ts';
import type { Queryable } from '../database.ts';
import { sequenceEvents } from '../events/sequence-events.ts';
import { readHoldings } from './holdings.ts';
import { readWork } from './work.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
  // Most have ended. As wide as rows are with their previews; every other one has its bytes.
  await ledger.db.query(
    `with made as (
       insert into uploads (id, status, principal, request_id, pool, priority, filename, content_type, object_key,
           object_size, language, model, layout, created_at)
       select gen_random_uuid(), coalesce((array['initiated', 'uploaded', 'processing', 'parsed'])[1 + n % 50], 'applied'),
              'p', 'r', 'default', 'bulk', repeat('f', 600), 'image/jpeg', 'k', case when n % 2 = 0 then 10 end, 'eng', 'fast',
              'auto', now() - n * interval '1 second'
         from generate_series(1, 20000) as n returning id, status, created_at
     )
     insert into tasks (id, upload_id, reading, pool, share, order_at, kind, status, created_at)
     select gen_random_uuid(), id, 1, case when status = 'uploaded' then 'default' else 'other' end, 's', now(),
            'open', case status when 'uploaded' then 'waiting' when 'processing' then 'running' else 'done' end,
            created_at
       from made where status in ('uploaded', 'processing', 'applied')`,
  );
  for (const table of ['uploads', 'tasks']) await ledger.db.query(`vacuum analyze ${table}`);
});
after(() => ledger.close());

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Node[];
}

/** Also notes how each statement reads these tables. */
function watched(db: Queryable, tables: readonly string[], scans: Set<string>): Queryable {
  const note = (node: Node) => {
    if (tables.includes(node['Relation Name'] ?? '')) scans.add(node['Node Type']);
    for (const below of node.Plans ?? []) note(below);
  };
  return {
    async query(sql, values) {
      const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
        `explain (format json) ${sql}`,
        values,
      );
      if (row) note(row['QUERY PLAN'][0].Plan);
      return db.query(sql, values);
    },
  };
}

test('unfinished work is counted by pool and status, with the age of the oldest', async () => {
  await activeWorker(ledger.db, 3);
  await activeWorker(ledger.db, 2);
  const scans = new Set<string>();
  const work = await readWork(watched(ledger.db, ['uploads', 'tasks'], scans));
  assert.deepEqual(scans, new Set(['Index Only Scan']));
  const tasks = work.tasks.map(({ pool, status, count }) => [pool, status, count]);
  assert.deepEqual(
    new Set(tasks.map(String)),
    new Set(['default,waiting,400', 'other,running,400']),
  );
  for (const { oldest } of work.tasks) assert.ok(oldest > 19_900 && oldest < 21_000);
  assert.deepEqual(
    new Map(work.uploads.map(({ status, count }) => [status, count])),
    new Map([
      ['initiated', 400],
      ['uploaded', 400],
      ['processing', 400],
    ]),
  );
  assert.deepEqual(work.workers, [
    { pool: 'default', state: 'active', count: 2, slots: 5, busy: 0 },
  ]);
});

test('what is kept is counted with its bytes', async () => {
  const scans = new Set<string>();
  const holdings = await readHoldings(watched(ledger.db, ['uploads'], scans));
  assert.deepEqual(scans, new Set(['Index Only Scan']));
  const { migration, ...counts } = holdings;
  assert.deepEqual(counts, { parsed: 400, originals: 10_000, bytes: 100_000 });
  assert.match(migration, /^\d{4}-[a-z-]+$/);
});

test('the time to parsed counts from the last time that an upload was queued', async () => {
  await ledger.db.query(
    `insert into events (upload_id, type, data, created_at)
     select gen_random_uuid(), 'upload.failed', '{"error_code": "task.poison"}'::jsonb, now() - interval '3 seconds'
     union all
     select '00000000-0000-4000-8000-000000000001', type, '{}'::jsonb, now() - ago * interval '1 second'
       from (values ('upload.uploaded', 1000), ('upload.parsed', 900), ('upload.uploaded', 30), ('upload.parsed', 10))
         as told (type, ago)`,
  );
  const placed = await sequenceEvents(ledger.db);
  assert.equal(placed.length, 5);
  const failed = placed.find(({ type }) => type === 'upload.failed');
  assert.equal(failed?.error_code, 'task.poison');
  assert.ok(failed.lag >= 3 && failed.lag < 60);
  const turnarounds = placed.flatMap(({ turnaround }) => turnaround ?? []);
  assert.equal(turnarounds.length, 2);
  assert.ok(
    turnarounds.some((seconds) => Math.abs(seconds - 20) < 0.1),
    String(turnarounds),
  );
});
