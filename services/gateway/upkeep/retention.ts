import type { Database } from '#core/ledger/database.ts';
import { deleteOutlived } from '#core/ledger/uploads/outlived.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';
import { removeObjects } from './sweep-objects.ts';

const batch = 100;
/** A run ends after this many: other chores have their turn, the next minute goes on. */
const batchesARun = 20;

/** Deletes uploads that ended `retentionDays` ago, with their objects; 0 keeps everything. */
export async function retain(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'deleteAll'>;
  readonly retentionDays: number;
  /** Seconds after which no signed URL of a deleted upload is good any more. */
  readonly objectsDueIn: number;
  readonly wake: { events(): void };
  readonly log: Log;
}): Promise<void> {
  const { db, retentionDays: days, objectsDueIn, log } = deps;
  if (days === 0) return;
  for (let round = 0; round < batchesARun; round++) {
    const ids = await deleteOutlived(db, { days, limit: batch, objectsDueIn });
    if (ids.length > 0) {
      deps.wake.events();
      await removeObjects(ids, deps);
      log.info({ uploads: ids.length, days }, 'uploads deleted by retention');
    }
    if (ids.length < batch) return;
  }
}
