// The worker's folder for checked-out files. Each process has its own below the configured one,
// and removes those that killed processes left behind.
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const prefix = 'worker-';
/** A task lasts minutes, and every checkout touches the folder. */
const abandonedMs = 3_600_000;

/** Folder that only this process uses. */
export async function openScratch(
  root: string,
  { workerId, now }: { workerId: string; now: number },
): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = path.join(root, prefix + workerId);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(root)) {
    if (!name.startsWith(prefix)) continue;
    const other = path.join(root, name);
    const { mtimeMs } = await stat(other).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > abandonedMs) await rm(other, { recursive: true, force: true });
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
