// One instance for a data directory. The pid in the file only tells people whom to look for.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { tryLock } from '#core/file-lock.ts';

export interface Lock {
  /** True when the last holder was killed: something of it may still be about to end. */
  readonly unclean: boolean;
  release(): void;
}

/** Throws an Error that names the process that holds the directory. */
export function lockDirectory(directory: string, pid: number): Lock {
  const file = path.join(directory, 'lock');
  const fd = openSync(file, 'a+', 0o600);
  const before = readFileSync(file, 'utf8').trim();
  if (!tryLock(fd)) {
    closeSync(fd);
    throw new Error(
      `${directory} is in use by process ${before || 'unknown'}: stop it, or set CRICKSY_DATA_DIR to another folder`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${pid}\n`);
  return {
    unclean: before !== '',
    release() {
      ftruncateSync(fd);
      closeSync(fd);
    },
  };
}
