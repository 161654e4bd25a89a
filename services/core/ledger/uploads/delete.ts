import type { Database, Queryable } from '../database.ts';
import { recordEvent } from '../events/record-event.ts';
import { cancelTasks } from '../tasks/cancel-tasks.ts';
import { noteDeletion } from './deletions.ts';
import { lockUpload, type Meant, type UploadRow } from './upload.ts';

/**
 * Removes the upload with its tasks and pages, in any status that is `meant`; its events stay. Its
 * objects are removed after the commit and once more after `objectsDueIn` seconds, when no signed URL and
 * no late worker can bring one back.
 */
export async function deleteUpload(
  db: Database,
  id: string,
  { objectsDueIn, meant }: { objectsDueIn: number; meant?: Meant },
): Promise<void> {
  await db.transaction(async (tx) => {
    const upload = await lockUpload(tx, id, meant);
    await cancelTasks(tx, id);
    await removeUpload(tx, upload, { reason: 'requested', objectsDueIn });
  });
}

/** As `deleteUpload`, of a locked upload without unfinished tasks. */
export async function removeUpload(
  tx: Queryable,
  { id, request_id, filename, game_id, user_id }: UploadRow,
  { reason, objectsDueIn }: { reason: 'requested' | 'retention'; objectsDueIn: number },
): Promise<void> {
  await recordEvent(tx, {
    uploadId: id,
    type: 'upload.deleted',
    data: { request_id, status_reason: reason, filename, game_id, user_id },
  });
  await tx.query('delete from uploads where id = $1', [id]);
  await noteDeletion(tx, id, { objectsDueIn });
}
