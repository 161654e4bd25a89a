// An S3 server as a child process, on loopback only, with keys of its own and its objects as files
// of one folder. It never outlives its parent: a shell beside it ends it when its input ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface VersitygwOptions {
  readonly program: string;
  /** Absolute; holds the objects, their former versions, and the users beside the owner of the keys. */
  readonly directory: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Base domain of host names that begin with a bucket's; absent: the bucket is in the path only. */
  readonly domain?: string;
}

export interface Versitygw {
  /** URL of the endpoint. */
  readonly url: string;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

const startMs = 15_000;
const guarded = `
  exec 3<&0
  "$@" </dev/null 3<&- & server=$!
  { cat <&3 >/dev/null; kill "$server"; } &
  wait "$server"`;

export async function startVersitygw(options: VersitygwOptions): Promise<Versitygw> {
  const { program, directory, port, domain } = options;
  const [users, versions, objects] = ['users', 'versions', 'objects'].map((name) => {
    const folder = path.join(directory, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }) as [string, string, string];
  const server = spawn(
    'sh',
    ['-c', guarded, 'versitygw', program, '--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive']
      .concat(['--health', '/health', '--iam-dir', users])
      .concat(domain === undefined ? [] : ['--virtual-domain', domain])
      .concat(['posix', '--versioning-dir', versions, objects]),
    {
      env: { ROOT_ACCESS_KEY: options.accessKey, ROOT_SECRET_KEY: options.secretKey },
      // A signal to the terminal is for the parent, which then stops what it started.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let words = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (words += text));
  }
  const exited = once(server, 'exit').then(() => void server.stdin.end());
  const stop = async () => {
    server.stdin.end();
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  for (const end = performance.now() + startMs; !(await answers(url)); await sleep(20)) {
    if (server.exitCode === null && performance.now() < end) continue;
    await stop();
    throw new Error(`the S3 server did not start:\n${words}`);
  }
  return { url, exited, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
