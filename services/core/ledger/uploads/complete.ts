import type { Database } from '../database.ts';
import { insertTasks } from '../tasks/insert.ts';
import { lockUpload, moveUpload, type UploadRow, wrongStatus } from './upload.ts';

/** The bytes as they were seen at complete; whatever is read later must still be these. */
export interface PinnedObject {
  readonly etag: string;
  readonly size: number;
  readonly sha256: string | undefined;
}

/**
 * `initiated → uploaded`, with the task that opens the file. Called again, also by two at once,
 * it changes nothing and gives the upload as it is; `changed` tells the one that did it.
 */
export async function completeUpload(
  db: Database,
  id: string,
  pinned: PinnedObject,
): Promise<{ upload: UploadRow; changed: boolean }> {
  return db.transaction(async (tx) => {
    const upload = await lockUpload(tx, id);
    if (upload.status === 'cancelled') throw wrongStatus(upload, 'uploaded');
    if (upload.status !== 'initiated') return { upload, changed: false };
    await insertTasks(tx, upload, 'open');
    const moved = await moveUpload(tx, upload, 'uploaded', {
      set: {
        object_etag: pinned.etag,
        object_size: pinned.size,
        object_sha256: pinned.sha256 ?? null,
      },
      stamp: ['uploaded_at'],
    });
    return { upload: moved, changed: true };
  });
}
