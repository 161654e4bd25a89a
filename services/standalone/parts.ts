// What gateways and workers stand on, in the order of its start: each is a server of our own, and
// says with which settings it is reached. Another one is a function here and its line in the list.
import path from 'node:path';
import { openDatabase } from '#core/ledger/database.ts';
import { migrate } from '#core/ledger/migrate.ts';
import { retireWorkers } from '#core/ledger/workers/retire.ts';
import type { Decided, StandaloneConfig } from './config.ts';
import { freePort } from './port.ts';
import { startPostgres } from './postgres/postgres.ts';
import { startRabbitmq } from './rabbitmq/rabbitmq.ts';

export const host = '127.0.0.1';
const migrations = path.join(import.meta.dirname, '../../migrations');

export interface Part {
  readonly name: string;
  readonly settings: Partial<Decided>;
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** All or none: what was started before one that fails is stopped again. */
export async function startParts(config: StandaloneConfig): Promise<Part[]> {
  const starts = [database, ...(config.CRICKSY_LOCAL_RABBITMQ ? [rabbitmq] : [])];
  const parts: Part[] = [];
  try {
    for (const start of starts) parts.push(await start(config.CRICKSY_DATA_DIR));
    return parts;
  } catch (error) {
    await stopParts(parts);
    throw error;
  }
}

/** The last one first. */
export async function stopParts(parts: readonly Part[]): Promise<void> {
  for (const part of parts.toReversed()) await part.stop();
}

async function database(directory: string): Promise<Part> {
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
  return { name: 'database', settings: { DATABASE_URL: postgres.url }, ...postgres };
}

async function rabbitmq(directory: string): Promise<Part> {
  const node = await startRabbitmq({
    directory: path.join(directory, 'rabbitmq'),
    ports: {
      amqp: await freePort(0, host, 0),
      distribution: await freePort(0, host, 0),
      epmd: await freePort(0, host, 0),
    },
  });
  return { name: 'broker', settings: { CRICKSY_BROKER_URL: node.url }, ...node };
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
