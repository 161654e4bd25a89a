// The real processes on a big ledger: PostgreSQL, a gateway, a worker.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '#core/ledger/migrate.ts';
import { type Postgres, startPostgres } from '../../services/standalone/postgres/postgres.ts';
import { fill, type Size } from './fill.ts';

const root = path.join(import.meta.dirname, '../..');

export interface Parts {
  readonly databaseUrl: string;
  readonly api: string;
  readonly pids: { readonly postgres: number; readonly gateway: number; readonly worker: number };
  stop(): Promise<void>;
}

/** `keep`: a folder whose ledger is used again, and filled only the first time. */
export async function startParts(size: Size, keep: string | undefined): Promise<Parts> {
  const folder = keep ?? mkdtempSync(path.join(tmpdir(), 'cricksy-bench-'));
  const isFull = existsSync(path.join(folder, 'data', 'PG_VERSION'));
  const postgres = await startPostgres({ directory: folder, fsync: 'on' });
  const stopAll: (() => Promise<unknown>)[] = [() => postgres.stop()];
  try {
    await migrate({ url: postgres.url, name: 'bench' });
    if (!isFull) await fill(postgres.url, size);
    const env = environment(folder, postgres);
    const gateway = await launch('gateway', env);
    stopAll.unshift(() => end(gateway.child));
    const worker = await launch('worker', env);
    stopAll.unshift(() => end(worker.child));
    return {
      databaseUrl: postgres.url,
      api: `http://127.0.0.1:${gateway.port}`,
      pids: {
        postgres: postgres.pid,
        gateway: gateway.child.pid ?? 0,
        worker: worker.child.pid ?? 0,
      },
      async stop() {
        for (const stop of stopAll) await stop();
        if (keep === undefined) rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    for (const stop of stopAll) await stop();
    throw error;
  }
}

function environment(folder: string, { url }: Postgres): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: url,
    CRICKSY_OBJECTS_DIR: path.join(folder, 'objects'),
    CRICKSY_SCRATCH_DIR: path.join(folder, 'scratch'),
    CRICKSY_SIGNING_SECRET: randomBytes(16).toString('hex'),
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: '0',
  };
}

async function launch(name: string, env: Record<string, string>) {
  const child = fork(path.join(root, 'services', name, 'main.ts'), { env });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start`))),
  ])) as [{ port?: number }];
  return { child, port: message.port };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
