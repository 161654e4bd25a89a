// Objects as files of one folder, shared by every process of a machine. A write goes to a
// temporary file, is flushed, and is renamed into its final name: a name never shows half an
// object, and what was acknowledged survives a power cut. The ETag is the content's SHA-256.
import { createHash } from 'node:crypto';
import { type BigIntStats, createWriteStream } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../errors.ts';
import { guarded, orMissing } from './filesystem-errors.ts';
import { listFolder } from './filesystem-list.ts';
import { checkKey, checkPrefix } from './key.ts';
import type { Expected, LocalFile, ObjectHead, Store } from './objects.ts';
import { cutOff, isCutOff, sizeMismatch } from './received.ts';

export interface FilesystemOptions {
  readonly directory: string;
  readonly newId: () => string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export async function openFilesystem(options: FilesystemOptions): Promise<Store> {
  const { newId, now } = options;
  const root = path.resolve(options.directory);
  const objects = path.join(root, 'objects');
  const incoming = path.join(root, 'incoming');
  await guarded(() => mkdir(objects, { recursive: true }));
  await guarded(() => mkdir(incoming, { recursive: true }));
  await guarded(() => sweepIncoming(incoming, now()));
  const digests = createDigests();

  const fileOf = (key: string) => {
    checkKey(key);
    return path.join(objects, key);
  };

  const openOrUndefined = (file: string) => orMissing(() => open(file, 'r'), objects);
  const headOf = async (file: string): Promise<ObjectHead | undefined> => {
    const handle = await openOrUndefined(file);
    if (!handle) return undefined;
    try {
      return await digests.headOf(handle);
    } finally {
      await handle.close();
    }
  };

  /** The file, open, and proven to be the version asked for: a rename cannot change it any more. */
  const openPinned = async (key: string, etag: string | undefined) => {
    const handle = await openOrUndefined(fileOf(key));
    if (!handle) throw notFound(key);
    try {
      const head = await digests.headOf(handle);
      if (etag !== undefined && etag !== head.etag) throw new AppError('upload.changed');
      return { handle, head };
    } catch (error) {
      await handle.close();
      throw error;
    }
  };

  /**
   * Runs `write` on a fresh file and gives it its final name when everything is on the disk.
   * What has the name already is replaced, or stays where `name` says so.
   */
  const store = async (
    key: string,
    write: (file: string) => Promise<{ size: number; sha256: string }>,
    name: (draft: string, final: string) => Promise<boolean> = replace,
  ): Promise<ObjectHead> => {
    const final = fileOf(key);
    const draft = path.join(incoming, newId());
    try {
      const { size, sha256 } = await write(draft);
      await guarded(async () => {
        await mkdir(path.dirname(final), { recursive: true });
        if (!(await name(draft, final))) return;
        await syncFolder(path.dirname(final));
        await digests.remember(final, sha256);
      });
      return { size, etag: sha256, sha256 };
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  };

  return {
    head: (key) => guarded(() => headOf(fileOf(key))),
    put: (key, bytes) => store(key, (file) => guarded(() => writeWhole(file, bytes))),
    async putFirst(key, bytes) {
      await store(key, (file) => guarded(() => writeWhole(file, bytes)), keepFirst);
    },
    receive: (key, bytes, expected) => store(key, (file) => writeStream(file, bytes, expected)),
    get: (key, { etag, length } = {}) =>
      guarded(async () => {
        const { handle, head } = await openPinned(key, etag);
        try {
          return await readStart(handle, Math.min(head.size, length ?? head.size));
        } finally {
          await handle.close();
        }
      }),
    openRead: (key, { etag }) =>
      guarded(async () => {
        const { handle, head } = await openPinned(key, etag);
        return { head, stream: handle.createReadStream() };
      }),
    digest: (key, { etag }) =>
      guarded(async () => {
        const { handle, head } = await openPinned(key, etag);
        await handle.close();
        return head.etag;
      }),
    checkout: (key, { etag, scratch }) =>
      guarded(async () => {
        await mkdir(scratch, { recursive: true });
        const copy = path.join(scratch, `${newId()}${path.extname(key)}`);
        if (!(await orMissing(() => linkOrCopy(fileOf(key), copy), objects))) throw notFound(key);
        const release = () => rm(copy, { force: true });
        // The link holds this content, whatever is renamed onto the key from now on.
        const head = await headOf(copy);
        if (etag === undefined || head?.etag === etag)
          return { path: copy, release } satisfies LocalFile;
        await release();
        throw new AppError('upload.changed');
      }),
    list(prefix) {
      checkPrefix(prefix);
      return listFolder(objects, prefix);
    },
    async deleteAll(prefix) {
      checkPrefix(prefix);
      const remove = () => rm(path.join(objects, prefix), { recursive: true });
      await guarded(() => orMissing(remove, objects));
    },
    ping: () =>
      guarded(async () => {
        const probe = path.join(incoming, newId());
        try {
          // With bytes: on a full disk an empty file can still be made.
          await writeWhole(probe, new Uint8Array(4_096));
        } finally {
          await rm(probe, { force: true });
        }
      }),
  };
}

/** Digests by the identity of a file, so that bytes are read once for each process that asks. */
function createDigests() {
  const known = new Map<string, string>();
  const most = 10_000;
  const identityOf = ({ dev, ino, size, mtimeNs }: BigIntStats) =>
    `${dev}:${ino}:${size}:${mtimeNs}`;
  return {
    async headOf(handle: FileHandle): Promise<ObjectHead> {
      // Files are only ever replaced, never written again; mtime guards against hands.
      const stats = await handle.stat({ bigint: true });
      const { size } = stats;
      const identity = identityOf(stats);
      let sha256 = known.get(identity);
      if (!sha256) {
        sha256 = await digestOf(handle);
        if (known.size >= most) known.delete(known.keys().next().value ?? '');
        known.set(identity, sha256);
      }
      return { size: Number(size), etag: sha256, sha256 };
    },
    /** What was just written need not be read to be known. */
    async remember(file: string, sha256: string): Promise<void> {
      const stats = await stat(file, { bigint: true });
      if (known.size < most) known.set(identityOf(stats), sha256);
    },
  };
}

async function replace(draft: string, final: string): Promise<boolean> {
  await rename(draft, final);
  return true;
}

/** False when there is one already. */
async function keepFirst(draft: string, final: string): Promise<boolean> {
  try {
    await link(draft, final);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

async function readStart(handle: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function writeWhole(file: string, bytes: Uint8Array) {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function writeStream(file: string, bytes: Readable, expected: Expected) {
  const hash = createHash('sha256');
  let received = 0;
  // The source stays open when it is refused: who sends is to be told why.
  async function* measured() {
    for await (const chunk of bytes.iterator({ destroyOnReturn: false })) {
      received += chunk.length;
      if (!(received <= expected.size)) throw sizeMismatch(expected.size, received);
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    await pipeline(measured, createWriteStream(file, { flags: 'wx', flush: true }));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (isCutOff(cause)) throw cutOff(cause);
    throw new AppError('objects.unavailable', 'the file could not be written', { cause });
  }
  if (received !== expected.size) throw sizeMismatch(expected.size, received);
  const sha256 = hash.digest('hex');
  if (expected.sha256 !== undefined && expected.sha256 !== sha256) {
    throw new AppError('upload.checksum_mismatch');
  }
  return { size: received, sha256 };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function linkOrCopy(from: string, to: string): Promise<true> {
  // Copied where links do not reach: another filesystem, or one without any.
  await link(from, to).catch(() => copyFile(from, to));
  return true;
}

function notFound(key: string): AppError {
  return new AppError('objects.not_found', `there is no object ${key}`);
}

/** Drafts of writes that died; a live one is minutes old at most. */
async function sweepIncoming(folder: string, now: number): Promise<void> {
  const dayMs = 86_400_000;
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > dayMs) await rm(file, { force: true });
  }
}
