// The process tree: PostgreSQL, then gateway and worker on it.
import path from 'node:path';
import { openDatabase } from '#core/ledger/database.ts';
import { migrate } from '#core/ledger/migrate.ts';
import { retireWorkers } from '#core/ledger/workers/retire.ts';
import type { Log } from '#core/log.ts';
import { superviseChild } from './child.ts';
import { childEnvironment, type StandaloneConfig } from './config.ts';
import { startPostgres } from './postgres/postgres.ts';

export interface Tree {
  /** Resolves with name and version of what reads, when the API is open. Rejects when a part never can be. */
  readonly ready: Promise<string>;
  /** Resolves when the database is gone without having been asked to. */
  readonly broken: Promise<void>;
  /** Gateway and worker first, the database last. The second call hurries. */
  stop(): Promise<void>;
}

const services = path.join(import.meta.dirname, '..');
const migrations = path.join(services, '../migrations');
export const host = '127.0.0.1';
/** Beyond the worker's grace period: its own parts need up to ten seconds to close. */
const patienceMs = 13_000;

export async function startTree(
  config: StandaloneConfig,
  { env, port, secret, log }: { env: NodeJS.ProcessEnv; port: number; secret: string; log: Log },
): Promise<Tree> {
  const directory = config.CRICKSY_DATA_DIR;
  const postgres = await startPostgres({
    directory: path.join(directory, 'postgres'),
    fsync: 'on',
  });
  try {
    await prepareLedger(postgres.url);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  const environment = childEnvironment(env, config, {
    HOST: host,
    PORT: String(port),
    DATABASE_URL: postgres.url,
    CRICKSY_DATABASE_PASSWORD: '',
    CRICKSY_DATABASE_DIRECT_URL: '',
    CRICKSY_OBJECTS_DIR: path.join(directory, 'objects'),
    CRICKSY_SCRATCH_DIR: path.join(directory, 'scratch'),
    CRICKSY_SIGNING_SECRET: secret,
    // The gateway has everything on the API's port.
    CRICKSY_INTERNAL_PORT: '0',
  });
  const child = (name: string) =>
    superviseChild({
      name,
      program: path.join(services, name, 'main.ts'),
      env: environment,
      patienceMs: 1000 * config.CRICKSY_SHUTDOWN_GRACE + patienceMs,
      log,
    });
  const worker = child('worker');
  const gateway = child('gateway');
  let stopped = false;
  return {
    ready: Promise.all([worker.ready, gateway.ready]).then(([{ engine }]) => String(engine)),
    broken: postgres.exited.then(() => (stopped ? new Promise<void>(() => {}) : undefined)),
    async stop() {
      stopped = true;
      await Promise.all([gateway.stop(), worker.stop()]);
      await postgres.stop();
    },
  };
}

/** The lock on the data directory proves that no former process holds a task any more. */
async function prepareLedger(url: string): Promise<void> {
  await migrate({ url, name: 'cricksy-migrate' }, migrations);
  const db = openDatabase({ url, name: 'cricksy-standalone' });
  try {
    await retireWorkers(db);
  } finally {
    await db.close();
  }
}
