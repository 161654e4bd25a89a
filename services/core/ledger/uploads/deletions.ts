// Objects of deleted uploads that have to be removed a last time.
import type { Queryable } from '../database.ts';

/** Never of an upload that exists: one may have been brought back from its bytes. */
export async function dueDeletions(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ upload_id: string }>(
    `select upload_id from deletions
      where due_at <= now() and not exists (select from uploads where uploads.id = upload_id)
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
