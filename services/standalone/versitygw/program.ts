// The S3 server of tests and development, built from its published source once a version.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const version = 'v1.8.0';
const source = `github.com/versity/versitygw/cmd/versitygw@${version}`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Path of the program in the user's cache, built there if need be. Throws one clear line when Go is missing. */
export async function findVersitygw(env: Environment): Promise<string> {
  const cache = env['XDG_CACHE_HOME'] || path.join(env['HOME'] ?? '', '.cache');
  const folder = path.join(cache, 'cricksy-ocr', `versitygw-${version}`);
  const program = path.join(folder, 'versitygw');
  if (!existsSync(program)) await build({ draft: `${folder}.${process.pid}`, program }, env);
  return program;
}

/** Somebody else may build the same at the same time: what appears under its name is whole. */
async function build(
  { draft, program }: { draft: string; program: string },
  env: Environment,
): Promise<void> {
  try {
    await promisify(execFile)('go', ['install', '-trimpath', '-ldflags=-s -w', source], {
      env: { ...env, GOBIN: draft, CGO_ENABLED: '0' },
    });
    await mkdir(path.dirname(program), { recursive: true });
    await rename(path.join(draft, 'versitygw'), program);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const line = missing
      ? 'Go is missing, which builds the S3 server to test with: install it, https://go.dev/dl/'
      : `the S3 server to test with could not be built: go install ${source}`;
    throw new Error(line, { cause });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
