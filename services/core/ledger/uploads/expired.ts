import type { Database, Queryable } from '../database.ts';
import { cancelLocked } from './cancel.ts';
import { noteDeletion } from './deletions.ts';
import { lockUpload } from './upload.ts';

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

/** `initiated → cancelled`, with a note to remove what came of its bytes, as at a delete. */
export async function expireUpload(
  db: Database,
  id: string,
  { objectsDueIn }: { objectsDueIn: number },
): Promise<void> {
  await db.transaction(async (tx) => {
    await cancelLocked(tx, await lockUpload(tx, id), 'expired');
    await noteDeletion(tx, id, { objectsDueIn });
  });
}
