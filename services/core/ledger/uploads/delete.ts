import type { Database } from '../database.ts';
import { recordEvent } from '../events/record-event.ts';
import { cancelTasks } from '../tasks/cancel-tasks.ts';
import { lockUpload } from './upload.ts';

/**
 * Removes the upload with its tasks and pages, in any status; its events stay. Its objects are
 * removed after the commit and once more after `objectsDueIn` seconds, when no signed URL and
 * no late worker can bring one back.
 */
export async function deleteUpload(
  db: Database,
  id: string,
  { objectsDueIn }: { objectsDueIn: number },
): Promise<void> {
  await db.transaction(async (tx) => {
    const upload = await lockUpload(tx, id);
    await recordEvent(tx, {
      uploadId: id,
      type: 'upload.deleted',
      data: { filename: upload.filename, game_id: upload.game_id, user_id: upload.user_id },
    });
    await cancelTasks(tx, id);
    await tx.query('delete from uploads where id = $1', [id]);
    await tx.query(
      "insert into deletions (upload_id, due_at) values ($1, now() + $2 * interval '1 second')",
      [id, objectsDueIn],
    );
  });
}
