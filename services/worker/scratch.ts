// The worker's folder for checked-out files. Each process has its own below the configured one, and
// holds a lock in it that ends with the process: a folder whose lock is free is of a dead worker, and
// goes, with the bytes that it had checked out. Looked for at the start and every few minutes, since
// nobody else does where workers come and go on a disk that stays.
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { tryLock } from '#core/file-lock.ts';
import type { Log } from '#core/log.ts';

const prefix = 'worker-';
const lockName = 'lock';
const sweepMs = 300_000;

/** Folder that only this process uses, until `remove`. */
export async function openScratch(
  root: string,
  {
    workerId,
    log,
    everyMs = sweepMs,
  }: { readonly workerId: string; readonly log: Log; readonly everyMs?: number },
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const own = prefix + workerId;
  const folder = path.join(root, own);
  // Locked before it has its name: what has the name and no holder is nobody's.
  const fresh = path.join(root, `new-${own}`);
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  const lock = openSync(path.join(fresh, lockName), 'a', 0o600);
  tryLock(lock);
  await rename(fresh, folder);

  let sweeping = sweep(root, own, log);
  await sweeping;
  const timer = setInterval(() => {
    sweeping = sweep(root, own, log);
  }, everyMs);
  return {
    folder,
    async remove() {
      clearInterval(timer);
      await sweeping;
      await rm(folder, { recursive: true, force: true });
      closeSync(lock);
    },
  };
}

async function sweep(root: string, own: string, log: Log): Promise<void> {
  try {
    for (const name of await readdir(root)) {
      if (!name.startsWith(prefix) || name === own) continue;
      const folder = path.join(root, name);
      if (isHeld(path.join(folder, lockName))) continue;
      await rm(folder, { recursive: true, force: true });
      log.info({ folder }, 'removed what a dead worker has left');
    }
  } catch (error) {
    log.warn({ error }, 'what dead workers have left could not be removed');
  }
}

/** A lock that is not there is nobody's; one that cannot be looked at may be somebody's. */
function isHeld(file: string): boolean {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
  try {
    return !tryLock(fd);
  } finally {
    closeSync(fd);
  }
}
