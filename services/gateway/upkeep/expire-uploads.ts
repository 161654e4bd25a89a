import { toAppError } from '#core/errors.ts';
import { cancelUpload } from '#core/ledger/uploads/cancel.ts';
import { expiredUploads } from '#core/ledger/uploads/expired.ts';
import type { Objects } from '#core/objects/objects.ts';
import { type MarkDependencies, mayDelete } from './mark-store.ts';

/**
 * Cancels uploads that were never completed, and removes what there is of them. Not while the ledger
 * may have forgotten that they were: a restored one knows them as they were at the backup.
 */
export async function expireUploads(
  deps: MarkDependencies & {
    readonly objects: Pick<Objects, 'deleteAll'>;
    readonly initiatedExpirySeconds: number;
    readonly wake: { events(): void };
  },
): Promise<void> {
  if (!(await mayDelete(deps))) return;
  const ids = await expiredUploads(deps.db, { seconds: deps.initiatedExpirySeconds, limit: 500 });
  for (const id of ids) {
    try {
      await cancelUpload(deps.db, id, 'expired');
    } catch (error) {
      // Completed or deleted in the meantime: not expired after all.
      if (toAppError(error).status < 500) continue;
      throw error;
    }
    await deps.objects.deleteAll(`uploads/${id}/`);
  }
  if (ids.length > 0) deps.wake.events();
}
