// Walks the folder of the store. One folder is held in memory at a time and its children are
// visited in the order of their keys, so that what belongs to one upload comes together.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { guarded, orMissing } from './filesystem-errors.ts';
import type { ListedObject } from './objects.ts';

/** Objects below `prefix`, which ends with a slash; `root` is the folder of all keys. */
export async function* listFolder(root: string, prefix: string): AsyncGenerator<ListedObject> {
  for (const { name, isFolder } of await entriesOf(root, prefix)) {
    if (isFolder) {
      yield* listFolder(root, `${prefix}${name}/`);
      continue;
    }
    const key = prefix + name;
    const stats = await guarded(() => orMissing(() => stat(path.join(root, key)), root));
    if (stats) yield { key, size: stats.size, modifiedAt: stats.mtime };
  }
}

/** Nothing for a folder that was deleted while we looked. */
async function entriesOf(
  root: string,
  prefix: string,
): Promise<{ name: string; isFolder: boolean }[]> {
  const read = () => readdir(path.join(root, prefix), { withFileTypes: true });
  const entries = (await guarded(() => orMissing(read, root))) ?? [];
  const inOrder = (entry: Dirent) => (entry.isDirectory() ? `${entry.name}/` : entry.name);
  return entries
    .sort((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1))
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
}
