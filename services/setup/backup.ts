// Backups of the ledger lie in the bucket, beside the bytes that they belong to; pg_dump makes them
// and pg_restore takes them, here they are only carried. Their keys begin with their time, so that the
// last one is the newest.
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#core/errors.ts';
import type { Store } from '#core/objects/objects.ts';

const prefix = 'backups/';

/** Returns the key under which the file now lies. */
export async function storeBackup(
  store: Pick<Store, 'receive'>,
  { file, now }: { file: string; now: Date },
): Promise<string> {
  const key = `${prefix}${now.toISOString().replaceAll(':', '-')}.dump`;
  const { size } = await stat(file);
  await store.receive(key, createReadStream(file), {
    size,
    contentType: 'application/octet-stream',
  });
  return key;
}

/** Writes the newest backup to `file` and returns its key. Throws `objects.not_found` when there is none. */
export async function fetchBackup(
  store: Pick<Store, 'list' | 'openRead'>,
  { file }: { file: string },
): Promise<string> {
  let newest: string | undefined;
  for await (const { key } of store.list(prefix)) newest = key;
  if (newest === undefined) throw new AppError('objects.not_found', `nothing lies under ${prefix}`);
  const { stream } = await store.openRead(newest, { etag: undefined });
  await pipeline(stream, createWriteStream(file));
  return newest;
}
