import type { Queryable } from '../database.ts';

/** Uploads initiated more than `seconds` ago and never completed, oldest first. */
export async function expiredUploads(
  db: Queryable,
  { seconds, limit }: { seconds: number; limit: number },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select id from uploads
      where status = 'initiated' and created_at < now() - $1 * interval '1 second'
      order by created_at limit $2`,
    [seconds, limit],
  );
  return rows.map((row) => row.id);
}
