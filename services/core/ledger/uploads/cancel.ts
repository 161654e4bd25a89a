import type { CancelReason, UploadStatus } from '../../domain/states.ts';
import type { Database, Queryable } from '../database.ts';
import { cancelTasks } from '../tasks/cancel-tasks.ts';
import { lockUpload, type Meant, moveUpload, type UploadRow, wrongStatus } from './upload.ts';

// A reading that waits for its review is not cancelled by accident: that is discarding it.
const from: Record<CancelReason, readonly UploadStatus[]> = {
  requested: ['initiated', 'uploaded', 'processing'],
  expired: ['initiated'],
  discarded: ['parsed', 'failed'],
};

/**
 * To `cancelled`, with every task of it: by request while it is not read, by expiry while it was
 * never completed, by discarding what was read. Again for the same reason: no change, the same answer.
 */
export async function cancelUpload(
  db: Database,
  id: string,
  reason: CancelReason,
  meant?: Meant,
): Promise<{ upload: UploadRow; changed: boolean }> {
  return db.transaction(async (tx) => {
    const upload = await lockUpload(tx, id, meant);
    if (upload.status === 'cancelled' && upload.status_reason === reason)
      return { upload, changed: false };
    return { upload: await cancelLocked(tx, upload, reason), changed: true };
  });
}

/** As `cancelUpload`, of a locked upload. */
export async function cancelLocked(
  tx: Queryable,
  upload: UploadRow,
  reason: CancelReason,
): Promise<UploadRow> {
  if (!from[reason].includes(upload.status)) throw wrongStatus(upload, 'cancelled');
  await cancelTasks(tx, upload.id);
  return moveUpload(tx, upload, 'cancelled', { set: { status_reason: reason } });
}
