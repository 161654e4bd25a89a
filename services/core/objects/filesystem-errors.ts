import { stat } from 'node:fs/promises';
import { AppError } from '../errors.ts';

/** Disk full, no permission, gone: the store is not available, whatever it was asked. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('objects.unavailable', 'the object store does not work', { cause });
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * What `look` finds, or undefined where nothing is. A volume that was unmounted has nothing
 * either; that is told apart by its folder `root`, which is always there.
 */
export async function orMissing<T>(look: () => Promise<T>, root: string): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await stat(root);
    return undefined;
  }
}
