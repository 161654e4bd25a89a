// Objects in the store under an id that no row knows.
import type { Queryable } from '../database.ts';

/** All objects of one upload id, as they lie in the store. */
export interface Found {
  readonly uploadId: string;
  readonly count: number;
  readonly bytes: number;
  readonly newestAt: Date;
}

export interface OrphanRow {
  readonly upload_id: string;
  readonly object_count: number;
  readonly bytes: number;
  readonly newest_at: Date;
  readonly first_seen_at: Date;
}

/** Notes those of `found` that neither an upload nor a pending deletion knows. */
export async function recordOrphans(
  db: Queryable,
  scan: number,
  found: readonly Found[],
): Promise<void> {
  await db.query(
    `insert into orphans (upload_id, object_count, bytes, newest_at, scan)
     select id, count, bytes, newest, $1
       from unnest($2::uuid[], $3::int[], $4::bigint[], $5::timestamptz[]) as found (id, count, bytes, newest)
      where not exists (select from uploads where uploads.id = found.id)
        and not exists (select from deletions where deletions.upload_id = found.id)
     on conflict (upload_id) do update
       set object_count = excluded.object_count, bytes = excluded.bytes, newest_at = excluded.newest_at, scan = $1`,
    [
      scan,
      found.map((one) => one.uploadId),
      found.map((one) => one.count),
      found.map((one) => one.bytes),
      found.map((one) => one.newestAt),
    ],
  );
}

/** By id; `after` is the last one of the page before. */
export async function listOrphans(
  db: Queryable,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<OrphanRow[]> {
  return db.query<OrphanRow>(
    `select * from orphans where $1::uuid is null or upload_id > $1 order by upload_id limit $2`,
    [after ?? null, limit],
  );
}

export async function sumOrphans(db: Queryable): Promise<{ count: number; bytes: number }> {
  const [sum] = await db.query<{ count: number; bytes: number }>(
    'select count(*) as count, coalesce(sum(bytes), 0)::bigint as bytes from orphans',
  );
  return sum ?? { count: 0, bytes: 0 };
}

/**
 * Hands orphans over to the sweep: those that the last scan saw, that were known as orphans for
 * `graceSeconds` and not written for as long. None while deletion is paused. Returns how many.
 */
export async function condemnOrphans(
  db: Queryable,
  { graceSeconds, limit }: { graceSeconds: number; limit: number },
): Promise<number> {
  const [{ condemned } = { condemned: 0 }] = await db.query<{ condemned: number }>(
    `with watch as (
       select scan from store_watch where paused_until is null or paused_until <= now()
     ), old as (
       select upload_id from orphans, watch
        where orphans.scan = watch.scan
          and first_seen_at < now() - $1 * interval '1 second' and newest_at < now() - $1 * interval '1 second'
          and not exists (select from uploads where uploads.id = orphans.upload_id)
        limit $2 for update of orphans skip locked
     ), noted as (
       insert into deletions (upload_id, due_at) select upload_id, now() from old on conflict do nothing
     ), gone as (
       delete from orphans using old where orphans.upload_id = old.upload_id
     )
     select count(*) as condemned from old`,
    [graceSeconds, limit],
  );
  return condemned;
}
