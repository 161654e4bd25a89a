// Walks the folder of the store. One folder is held in memory at a time and its children are
// visited in the order of their keys, so that what belongs to one upload comes together.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { guarded, isMissing } from './filesystem-errors.ts';
import type { ListedObject } from './objects.ts';

/** Objects below `prefix`, which ends with a slash; `root` is the folder of all keys. */
export async function* listFolder(root: string, prefix: string): AsyncGenerator<ListedObject> {
  for (const { name, isFolder } of await entriesOf(path.join(root, prefix))) {
    if (isFolder) {
      yield* listFolder(root, `${prefix}${name}/`);
      continue;
    }
    const key = prefix + name;
    const stats = await orUndefined(() => stat(path.join(root, key)));
    if (stats) yield { key, size: stats.size, modifiedAt: stats.mtime };
  }
}

async function entriesOf(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const entries = (await orUndefined(() => readdir(folder, { withFileTypes: true }))) ?? [];
  const inOrder = (entry: Dirent) => (entry.isDirectory() ? `${entry.name}/` : entry.name);
  return entries
    .sort((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1))
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
}

/** Undefined for what was deleted while we looked. */
function orUndefined<T>(look: () => Promise<T>): Promise<T | undefined> {
  return guarded(async () => {
    try {
      return await look();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}
