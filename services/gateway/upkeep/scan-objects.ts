// Looks for originals that no row knows: left behind by what went wrong, or forgotten by a
// ledger that was restored. They are reported, and only deleted when they were known as orphans for
// longer than a backup can be old, plus a week for a person to adopt them.
import { z } from 'zod';
import {
  condemnOrphans,
  type Found,
  recordOrphans,
  sumOrphans,
} from '#core/ledger/orphans/orphans.ts';
import { beginScan, endScan } from '#core/ledger/orphans/watch.ts';
import type { ListedObject, Objects } from '#core/objects/objects.ts';
import { type MarkDependencies, mayDelete } from './mark-store.ts';

export interface ScanDependencies extends MarkDependencies {
  readonly objects: Pick<Objects, 'get' | 'put' | 'list'>;
}

const everySeconds = 6 * 3600;
const batch = 500;

/** Scans when the last scan is six hours old, or `everySeconds`; false: it is not. */
export async function scanObjects(
  deps: ScanDependencies,
  options: { everySeconds: number } = { everySeconds },
): Promise<boolean> {
  const { db, log } = deps;
  const deletes = await mayDelete(deps);
  const scan = await beginScan(db, options);
  if (scan === undefined) return false;
  let found: Found[] = [];
  for await (const one of byUpload(deps.objects.list('uploads/'))) {
    found.push(one);
    if (found.length < batch) continue;
    await recordOrphans(db, scan, found);
    found = [];
  }
  await recordOrphans(db, scan, found);
  await endScan(db, scan);
  if (deletes) await condemn(deps);
  const { count, bytes } = await sumOrphans(db);
  if (count > 0) log.warn({ uploads: count, bytes }, 'the store has originals that no row knows');
  return true;
}

async function condemn({ db, graceSeconds, log }: ScanDependencies): Promise<void> {
  const condemned = await condemnOrphans(db, { graceSeconds, limit: 10_000 });
  if (condemned > 0) log.warn({ uploads: condemned }, 'old orphans are swept');
}

const uploadId = z.uuid();

/** Objects `uploads/ID/...`, which come in the order of their keys, gathered by id. Other names are not ours. */
async function* byUpload(objects: AsyncIterable<ListedObject>): AsyncGenerator<Found> {
  let open: Found | undefined;
  for await (const { key, size, modifiedAt } of objects) {
    const id = uploadId.safeParse(key.split('/')[1]).data;
    if (id === undefined) continue;
    if (open && open.uploadId !== id) yield open;
    const same = open?.uploadId === id ? open : undefined;
    open = {
      uploadId: id,
      count: (same?.count ?? 0) + 1,
      bytes: (same?.bytes ?? 0) + size,
      newestAt: same && same.newestAt > modifiedAt ? same.newestAt : modifiedAt,
    };
  }
  if (open) yield open;
}
