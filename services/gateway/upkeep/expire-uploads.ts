import { toAppError } from '#core/errors.ts';
import { expiredUploads, expireUpload } from '#core/ledger/uploads/expired.ts';
import type { Objects } from '#core/objects/objects.ts';
import { type MarkDependencies, mayDelete } from './mark-store.ts';
import { removeObjects } from './sweep-objects.ts';

/**
 * Cancels uploads that were never completed, and removes what there is of them. Not while the ledger
 * may have forgotten that they were: a restored one knows them as they were at the backup.
 */
export async function expireUploads(
  deps: MarkDependencies & {
    readonly objects: Pick<Objects, 'deleteAll'>;
    readonly initiatedExpirySeconds: number;
    /** Seconds after which no signed URL of an expired upload is good any more. */
    readonly objectsDueIn: number;
    readonly wake: { events(): void };
  },
): Promise<void> {
  if (!(await mayDelete(deps))) return;
  const ids = await expiredUploads(deps.db, { seconds: deps.initiatedExpirySeconds, limit: 500 });
  const expired: string[] = [];
  for (const id of ids) {
    try {
      await expireUpload(deps.db, id, deps);
      expired.push(id);
    } catch (error) {
      // Completed or deleted in the meantime: not expired after all.
      if (toAppError(error).status < 500) continue;
      throw error;
    }
  }
  if (expired.length > 0) deps.wake.events();
  await removeObjects(expired, deps);
}
