// What gateways and workers stand on, in the order of its start: each is a server of our own, and
// says with which settings it is reached. Another one is a function here and its line in the list.
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { readConfig, secretsOf } from '#core/config.ts';
import { openDatabase } from '#core/ledger/database.ts';
import { migrate } from '#core/ledger/migrate.ts';
import { retireWorkers } from '#core/ledger/workers/retire.ts';
import { createLog } from '#core/log.ts';
import { setupBucket } from '../setup/bucket/bucket.ts';
import { type BucketConfig, bucketConfig } from '../setup/config.ts';
import type { Decided, StandaloneConfig } from './config.ts';
import { freePort } from './port.ts';
import { startPostgres } from './postgres/postgres.ts';
import { startRabbitmq } from './rabbitmq/rabbitmq.ts';
import { findVersitygw } from './versitygw/program.ts';
import { startVersitygw } from './versitygw/versitygw.ts';

export const host = '127.0.0.1';

export interface Part {
  readonly name: string;
  readonly settings: Partial<Decided>;
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** All or none: what was started before one that fails is stopped again. */
export async function startParts(
  config: StandaloneConfig,
  env: NodeJS.ProcessEnv,
): Promise<Part[]> {
  const starts = [
    database,
    ...(config.CRICKSY_LOCAL_RABBITMQ ? [rabbitmq] : []),
    ...(config.CRICKSY_LOCAL_S3 ? [bucket] : []),
  ];
  const parts: Part[] = [];
  try {
    for (const start of starts) parts.push(await start(config.CRICKSY_DATA_DIR, env));
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

async function bucket(directory: string, env: NodeJS.ProcessEnv): Promise<Part> {
  const program = await findVersitygw(env);
  const port = await freePort(0, host, 0);
  const keys = { accessKey: 'cricksy', secretKey: randomUUID() };
  const folder = path.join(directory, 's3');
  const server = await startVersitygw({ program, directory: folder, port, ...keys });
  const settings = {
    CRICKSY_S3_BUCKET: 'cricksy-uploads',
    CRICKSY_S3_ENDPOINT_URL: server.url,
    CRICKSY_S3_ACCESS_KEY: keys.accessKey,
    CRICKSY_S3_SECRET_KEY: keys.secretKey,
  };
  try {
    await prepareBucket(readConfig(bucketConfig, { ...env, ...settings }));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { name: 'bucket', settings, ...server };
}

/** As `cricksy-ocr setup bucket` does it anywhere. */
async function prepareBucket(config: BucketConfig): Promise<void> {
  const secrets = secretsOf(config);
  const log = createLog({ service: 'setup', level: 'silent', format: 'json', secrets });
  const findings = await setupBucket(config, { newId: randomUUID, log });
  const wrong = findings.find(({ state }) => state === 'wrong');
  if (wrong) throw new Error(`the bucket cannot be used: ${wrong.what}: ${wrong.detail}`);
}

/** The lock on the data directory proves that no former process holds a task any more. */
async function prepareLedger(url: string): Promise<void> {
  await migrate({ url, name: 'cricksy-migrate' });
  const db = openDatabase({ url, name: 'cricksy-standalone' });
  try {
    await retireWorkers(db);
  } finally {
    await db.close();
  }
}
