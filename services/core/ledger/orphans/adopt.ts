import type { Database } from '../database.ts';
import { completeLocked, type PinnedObject } from '../uploads/complete.ts';
import { insertUpload, type NewUpload } from '../uploads/initiate.ts';
import type { UploadRow } from '../uploads/upload.ts';

/**
 * Nothing → `uploaded`: an original that a restored database does not know is an upload again,
 * and is read again. Undefined when it is no orphan (any more): adopted, swept, or never one.
 */
export async function adoptUpload(
  db: Database,
  upload: NewUpload,
  pinned: PinnedObject,
): Promise<UploadRow | undefined> {
  return db.transaction(async (tx) => {
    // Locks out the sweep, and whoever else adopts it.
    const [orphan] = await tx.query(
      'delete from orphans where upload_id = $1 returning upload_id',
      [upload.id],
    );
    if (!orphan) return undefined;
    const row = await insertUpload(tx, upload);
    return completeLocked(tx, row, pinned, { reason: 'adopted' });
  });
}
