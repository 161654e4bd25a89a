import type { Database } from '#core/ledger/database.ts';
import { dueDeletions, forgetDeletion } from '#core/ledger/uploads/deletions.ts';
import type { Objects } from '#core/objects/objects.ts';

/** Removes what a signed URL or a late worker may have put back under a deleted upload. */
export async function sweepObjects(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'deleteAll'>;
}): Promise<void> {
  for (const id of await dueDeletions(deps.db, 200)) {
    await deleteObjectsOf(deps.objects, id);
    await forgetDeletion(deps.db, id);
  }
}

/** Every object of an upload: its bytes and all its results. */
export async function deleteObjectsOf(
  objects: Pick<Objects, 'deleteAll'>,
  uploadId: string,
): Promise<void> {
  await objects.deleteAll(`uploads/${uploadId}/`);
  await objects.deleteAll(`results/${uploadId}/`);
}
