import { toAppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { cancelUpload } from '#core/ledger/uploads/cancel.ts';
import { expiredUploads } from '#core/ledger/uploads/expired.ts';
import type { Objects } from '#core/objects/objects.ts';

/** Cancels uploads whose bytes never came, and removes what there is of them. */
export async function expireUploads(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'deleteAll'>;
  readonly initiatedExpirySeconds: number;
  readonly wake: { events(): void };
}): Promise<void> {
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
