import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Throws an Error that says what to do. */
export function makeDataDirectory(directory: string): void {
  try {
    makeFolder(directory);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `no data can be kept in ${directory} (${why}): set CRICKSY_DATA_DIR to another folder`,
      { cause },
    );
  }
}

/** Not by mkdir's `recursive`: below /proc, whose folder exists and takes no other, it tries for ever. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}
