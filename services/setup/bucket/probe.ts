// Whether the store does what we build on, tried with objects of our own. All of it is essential.
import { createHash } from 'node:crypto';
import { AppError } from '#core/errors.ts';
import type { Signer, Store } from '#core/objects/objects.ts';
import { type Finding, unchanged, wrong } from './finding.ts';

interface Probed {
  readonly store: Store;
  readonly signer: Signer;
  readonly newId: () => string;
}

const contentType = 'text/plain';
const bytes = Buffer.from('a probe of cricksy-ocr setup');

export async function probe({ store, signer, newId }: Probed): Promise<Finding[]> {
  const prefix = `probes/${newId()}/`;
  try {
    return [
      { what: 'read and write', ...(await tried(() => readsAndWrites(store, `${prefix}put`))) },
      { what: 'if-match', ...(await tried(() => pins(store, `${prefix}pinned`))) },
      { what: 'signed urls', ...(await tried(() => signs({ store, signer }, prefix))) },
      { what: 'delete', ...(await tried(() => deletes(store, prefix))) },
    ];
  } finally {
    await store.deleteAll(prefix).catch(() => undefined);
  }
}

type Outcome = Omit<Finding, 'what'>;

async function tried(trial: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await trial();
  } catch (error) {
    const { message } = error instanceof AppError ? error : new Error('it does not answer');
    return wrong(
      message,
      'the credentials need the permissions below on uploads/, results/, probes/',
    );
  }
}

async function readsAndWrites(store: Store, key: string): Promise<Outcome> {
  const { etag } = await store.put(key, bytes, { contentType });
  const read = await store.get(key, { etag });
  if (read.equals(bytes)) return unchanged('what is written is read');
  return wrong('other bytes are read than were written', 'this store cannot be used');
}

async function pins(store: Store, key: string): Promise<Outcome> {
  const { etag } = await store.put(key, bytes, { contentType });
  await store.put(key, Buffer.from('replaced'), { contentType });
  try {
    await store.get(key, { etag });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'upload.changed') throw error;
    return unchanged('bytes that were replaced are refused');
  }
  return wrong('replaced bytes are read as if they were the old ones', 'this store cannot be used');
}

async function signs({ store, signer }: Omit<Probed, 'newId'>, prefix: string): Promise<Outcome> {
  const key = `${prefix}signed`;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const url = await signer.presignPut({
    key,
    contentType,
    size: bytes.length,
    sha256,
    expiresIn: 60,
    origin: '',
  });
  const put = async (body: Uint8Array<ArrayBuffer>) =>
    (await fetch(url, { method: 'PUT', body, headers: { 'content-type': contentType } })).ok;
  if (await put(new Uint8Array(bytes.length + 1))) {
    return wrong(
      'a signed URL takes other sizes than it was signed for',
      'this store cannot be used',
    );
  }
  const checks = !(await put(new Uint8Array(bytes.length)));
  if (!(await put(new Uint8Array(bytes)))) {
    return wrong(
      'a signed URL is refused',
      'check the clock, the region and CRICKSY_S3_PATH_STYLE',
    );
  }
  const known = (await store.head(key))?.sha256 === sha256;
  return unchanged(
    `they hold to size and type${checks ? ' and checksum' : ''}${known ? '' : '; a declared SHA-256 costs one reading at complete'}`,
  );
}

async function deletes(store: Store, prefix: string): Promise<Outcome> {
  await store.deleteAll(prefix);
  for await (const { key } of store.list(prefix)) {
    return wrong(`${key} is still there`, 'allow s3:DeleteObject and s3:ListBucket');
  }
  return unchanged('what is deleted is gone');
}
