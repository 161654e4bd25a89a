// The process tree: PostgreSQL, then gateway and worker on it.
import path from 'node:path';
import { openDatabase } from '#core/ledger/database.ts';
import { migrate } from '#core/ledger/migrate.ts';
import { retireWorkers } from '#core/ledger/workers/retire.ts';
import type { Log } from '#core/log.ts';
import { superviseChild } from './child.ts';
import type { StandaloneConfig } from './config.ts';
import { startPostgres } from './postgres/postgres.ts';

export interface Tree {
  /** Name and version of what reads. */
  readonly engine: string;
  /** Resolves when the database is gone without having been asked to. */
  readonly broken: Promise<void>;
  /** Gateway and worker first, the database last. The second call hurries. */
  stop(): Promise<void>;
}

const services = path.join(import.meta.dirname, '..');
const migrations = path.join(services, '../migrations');
export const host = '127.0.0.1';

export async function startTree(
  config: StandaloneConfig,
  { env, secret, log }: { env: NodeJS.ProcessEnv; secret: string; log: Log },
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
  const child = (name: string) =>
    superviseChild({
      name,
      program: path.join(services, name, 'main.ts'),
      env: {
        ...env,
        ...Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)])),
        HOST: host,
        DATABASE_URL: postgres.url,
        CRICKSY_OBJECTS_DIR: path.join(directory, 'objects'),
        CRICKSY_SCRATCH_DIR: path.join(directory, 'scratch'),
        CRICKSY_SIGNING_SECRET: secret,
      },
      log,
    });
  const worker = child('worker');
  const gateway = child('gateway');
  let stopped = false;
  const stop = async () => {
    stopped = true;
    await Promise.all([gateway.stop(), worker.stop()]);
    await postgres.stop();
  };
  try {
    const [{ engine }] = await Promise.all([worker.ready, gateway.ready]);
    const broken = postgres.exited.then(() => (stopped ? new Promise<void>(() => {}) : undefined));
    return { engine: String(engine), broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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
