import type { Database, Queryable } from '../database.ts';
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
    return { upload: await completeLocked(tx, upload, pinned), changed: true };
  });
}

/** As `completeUpload`, of a locked upload that is `initiated`. */
export async function completeLocked(
  tx: Queryable,
  upload: UploadRow,
  pinned: PinnedObject,
  { reason = null }: { reason?: string | null } = {},
): Promise<UploadRow> {
  await insertTasks(tx, upload, 'open');
  return moveUpload(tx, upload, 'uploaded', {
    set: {
      status_reason: reason,
      object_etag: pinned.etag,
      object_size: pinned.size,
      object_sha256: pinned.sha256 ?? null,
    },
    stamp: ['uploaded_at'],
  });
}
