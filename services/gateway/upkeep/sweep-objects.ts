// Objects of deleted and expired uploads. They are removed right after the commit, and once more when no
// signed URL and no late worker can have put one back; what failed the first time is then due too.
import type { Database } from '#core/ledger/database.ts';
import { dueDeletions, forgetDeletion, postponeDeletion } from '#core/ledger/uploads/deletions.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';
import { longestRequestMs } from '../server.ts';

type Deleting = Pick<Objects, 'deleteAll'>;

const batch = 200;
/** Uploads whose objects are removed at the same time. */
const atOnce = 8;

/** For a store that answers late, and a worker that was just reading. */
const marginSeconds = 60;

/** Until what could not be removed is tried again. */
const againSeconds = 600;

/**
 * Seconds after a delete until its objects are removed a last time. A PUT that begins with the last signed URL
 * still comes in for as long as any request may; what it left behind later would be an orphan, and adopted.
 */
export function lastSweepIn({ presignedExpiry }: { readonly presignedExpiry: number }): number {
  return presignedExpiry + longestRequestMs / 1_000 + marginSeconds;
}

/** Removes what is due. What cannot be removed steps back, so that it holds nothing up. */
export async function sweepObjects(deps: {
  readonly db: Database;
  readonly objects: Deleting;
  readonly log: Log;
}): Promise<void> {
  for (;;) {
    const ids = await dueDeletions(deps.db, batch);
    let failed = 0;
    await inGroups(ids, async (id) => {
      try {
        await deleteObjectsOf(deps.objects, id);
        await forgetDeletion(deps.db, id);
      } catch (error) {
        failed += 1;
        deps.log.warn({ error, uploadId: id }, 'objects of a deleted upload could not be removed');
        await postponeDeletion(deps.db, id, { seconds: againSeconds });
      }
    });
    // A store that is away is not asked for everything else as well.
    if (failed > 0 || ids.length < batch) return;
  }
}

/** Right after the commit. Never throws: what is left is swept later. */
export async function removeObjects(
  ids: readonly string[],
  { objects, log }: { objects: Deleting; log: Log },
): Promise<void> {
  await inGroups(ids, async (id) => {
    try {
      await deleteObjectsOf(objects, id);
    } catch (error) {
      log.warn({ error, uploadId: id }, 'objects of a deleted upload are left to the sweep');
    }
  });
}

/** Every object of an upload: its bytes and all its results. */
async function deleteObjectsOf(objects: Deleting, uploadId: string): Promise<void> {
  await objects.deleteAll(`uploads/${uploadId}/`);
  await objects.deleteAll(`results/${uploadId}/`);
}

async function inGroups(
  ids: readonly string[],
  work: (id: string) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < ids.length; start += atOnce) {
    await Promise.all(ids.slice(start, start + atOnce).map(work));
  }
}
