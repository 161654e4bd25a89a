// A ledger as it looks after a year: a million uploads, most of them applied long ago, the last
// hundred thousand of an import waiting to be read. A few users have most of them. The import is
// of a pool that no gateway here serves, so that it waits for as long as it is measured.
import pg from 'pg';

export interface Size {
  readonly uploads: number;
  /** Of these, the newest that wait. */
  readonly waiting: number;
}

export const importPool = 'import';
const batch = 50_000;

const preview = JSON.stringify({
  teams: null,
  innings: null,
  deliveries: null,
  metadata: {
    pages: 1,
    pages_failed: 0,
    words: 180,
    mean_confidence: 88.1,
    language: 'eng',
    model: 'fast',
    engine: 'libtesseract',
    engine_version: '5.5.0',
  },
});

export async function fill(url: string, { uploads, waiting }: Size): Promise<void> {
  // Not through the ledger's pool, whose statements may take seconds only.
  const db = new pg.Client(url);
  await db.connect();
  // Spares a million checks of a foreign key that was just made.
  await db.query('set session_replication_role = replica');
  for (let first = 1; first <= uploads; first += batch) {
    const last = Math.min(uploads, first + batch - 1);
    await db.query(insertUploads, [first, last, uploads, waiting]);
    await db.query(insertEvents, [first, last]);
  }
  await db.query('update event_log set last_position = $1', [uploads]);
  await db.query('vacuum analyze');
  await db.end();
}

const insertUploads = `
  with made as (
    select n, gen_random_uuid() as id, now() - ($3 - n) * interval '30 seconds' as created,
           case when n > $3 - $4 then 'uploaded' when n % 1000 < 930 then 'applied'
                when n % 1000 < 960 then 'parsed' when n % 1000 < 980 then 'failed' else 'cancelled' end as status,
           n <= $3 - $4 and n % 1000 < 960 as is_read
      from generate_series($1::int, $2::int) as n
  ), inserted as (
    insert into uploads (id, status, principal, request_id, pool, priority, filename, content_type, game_id,
      user_id, object_key, object_etag, object_size, language, model, layout, page_count, pages_done, preview,
      error_code, error_message, created_at, uploaded_at, started_at, processed_at, updated_at, version)
    select id, status, 'token', n, 'default', 'bulk', 'card-' || n || '.jpg', 'image/jpeg', 'game-' || n / 200,
           'user-' || floor(300 * power(random(), 3)), 'uploads/' || id || '/card.jpg', md5(n::text), 500000,
           'eng', 'fast', 'auto', case when is_read then 1 end, case when is_read then 1 else 0 end,
           case when is_read then '${preview}'::jsonb end,
           case when status = 'failed' then case when n % 3 = 0 then 'task.poison' else 'file.corrupt' end end,
           case when status = 'failed' then 'a reason' end,
           created, created, case when is_read then created end, case when is_read then created end, created, 4
      from made
    returning id, status, user_id, created_at
  )
  insert into tasks (id, upload_id, reading, pool, share, kind, status, order_at, run_at, created_at)
  select gen_random_uuid(), id, 1, '${importPool}', 'bulk:' || user_id, 'open',
         case status when 'uploaded' then 'waiting' when 'failed' then 'failed' when 'cancelled' then 'cancelled'
                     else 'done' end,
         created_at, created_at, created_at
    from inserted`;

const insertEvents = `
  insert into events (position, upload_id, type, data)
  select n, gen_random_uuid(), 'upload.applied', '{"status": "applied", "version": 4}'
    from generate_series($1::int, $2::int) as n`;
