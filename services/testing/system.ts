// The real processes, as they run anywhere: gateways and workers on a database of their own.
// Tests start as many as they like, kill them, and ask over HTTP what became of the uploads.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Database, openDatabase } from '#core/ledger/database.ts';
import { createTestDatabase } from './database.ts';

export interface Running {
  readonly pid: number;
  /** Base URL of a gateway's API. */
  readonly url: string;
  /** Exit code or signal. */
  readonly ended: Promise<number | string>;
  /** What it wrote on stdout and stderr. */
  output(): string;
  /** Sends the signal and waits until the process is gone. */
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

export interface System {
  readonly db: Database;
  readonly databaseUrl: string;
  /** Folder of everything that the processes keep. */
  readonly folder: string;
  /** Starts a gateway and a worker. The URL of the API. */
  open(): Promise<string>;
  startGateway(env?: Record<string, string>): Promise<Running>;
  startWorker(env?: Record<string, string>): Promise<Running>;
  /** Kills what still runs, drops the database, removes the files. */
  stop(): Promise<void>;
}

const services = path.join(import.meta.dirname, '..');

/** `env` is for all processes of the system. */
export async function createSystem(env: Record<string, string> = {}): Promise<System> {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, name: 'test', connections: 4 });
  const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-system-'));
  const running = new Set<Running>();
  const common = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    CRICKSY_OBJECTS_DIR: path.join(folder, 'objects'),
    CRICKSY_SCRATCH_DIR: path.join(folder, 'scratch'),
    CRICKSY_SIGNING_SECRET: randomBytes(16).toString('hex'),
    CRICKSY_RATE_LIMIT_INITIATE: '0',
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    PORT: '0',
    ...env,
  };
  const start = async (name: string, own: Record<string, string>) => {
    const one = await launch(path.join(services, name, 'main.ts'), { ...common, ...own });
    running.add(one);
    void one.ended.then(() => running.delete(one));
    return one;
  };
  return {
    db,
    databaseUrl: database.url,
    folder,
    async open() {
      const [gateway] = await Promise.all([start('gateway', {}), start('worker', {})]);
      return gateway.url;
    },
    startGateway: (env = {}) => start('gateway', env),
    startWorker: (env = {}) => start('worker', env),
    async stop() {
      await Promise.all([...running].map((one) => one.kill('SIGKILL')));
      await db.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the process says that it is ready; rejects with its words when it ends first. */
export async function launch(program: string, env: Record<string, string>): Promise<Running> {
  const child = fork(program, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (words += text));
  }
  const ended = exitOf(child);
  const ready = once(child, 'message') as Promise<[{ port?: number }]>;
  const first = await Promise.race([ready, ended]);
  if (!Array.isArray(first)) throw new Error(`${program} ended with ${first}:\n${words}`);
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${first[0].port}`,
    ended,
    output: () => words,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return code ?? signal ?? 'unknown';
}
