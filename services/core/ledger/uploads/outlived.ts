import { endedStatuses } from '../../domain/states.ts';
import type { Database } from '../database.ts';
import { removeUpload } from './delete.ts';
import type { UploadRow } from './upload.ts';

/**
 * Deletes up to `limit` uploads that ended more than `days` ago and were not touched since; returns
 * their ids, whose objects are then to be removed. Replicas share the work: each skips what
 * another has locked. created_at only finds them by an index; updated_at decides.
 */
export async function deleteOutlived(
  db: Database,
  { days, limit, objectsDueIn }: { days: number; limit: number; objectsDueIn: number },
): Promise<string[]> {
  return db.transaction(async (tx) => {
    const uploads = await tx.query<UploadRow>(
      `select * from uploads
        where status = any($1) and created_at < now() - $2 * interval '1 day'
          and updated_at < now() - $2 * interval '1 day'
        limit $3 for update skip locked`,
      [endedStatuses, days, limit],
    );
    for (const upload of uploads) {
      await removeUpload(tx, upload, { reason: 'retention', objectsDueIn });
    }
    return uploads.map((upload) => upload.id);
  });
}
