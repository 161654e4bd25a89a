// Objects of deleted and expired uploads that have to be removed a last time.
import type { Queryable } from '../database.ts';

/** Part of the transition after which nobody needs the objects. */
export async function noteDeletion(
  tx: Queryable,
  uploadId: string,
  { objectsDueIn }: { objectsDueIn: number },
): Promise<void> {
  await tx.query(
    `insert into deletions (upload_id, due_at) values ($1, now() + $2 * interval '1 second')
     on conflict (upload_id) do update set due_at = greatest(deletions.due_at, excluded.due_at)`,
    [uploadId, objectsDueIn],
  );
}

/** Not of an upload that exists and did not expire: one may have been brought back from its bytes. */
export async function dueDeletions(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ upload_id: string }>(
    `select upload_id from deletions
      where due_at <= now() and not exists (
        select from uploads
         where uploads.id = upload_id and status_reason is distinct from 'expired')
      order by due_at limit $1`,
    [limit],
  );
  return rows.map((row) => row.upload_id);
}

export async function forgetDeletion(db: Queryable, uploadId: string): Promise<void> {
  await db.query('delete from deletions where upload_id = $1', [uploadId]);
}

/** Not due again for `seconds`. */
export async function postponeDeletion(
  db: Queryable,
  uploadId: string,
  { seconds }: { seconds: number },
): Promise<void> {
  await db.query(
    `update deletions set due_at = now() + $2 * interval '1 second' where upload_id = $1`,
    [uploadId, seconds],
  );
}
