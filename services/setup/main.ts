// Prepares what the services stand on: `database` applies migrations, `bucket` creates and checks
// the bucket; `store-backup` and `fetch-backup` carry dumps of the database. Run beside the services
// with their environment, by a person or by a Job; safe to repeat and to run twice at once.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readConfig, secretsOf } from '#core/config.ts';
import { migrate } from '#core/ledger/migrate.ts';
import { startFailure } from '#core/lifecycle.ts';
import { createLog } from '#core/log.ts';
import type { Store } from '#core/objects/objects.ts';
import { openStore } from '#core/objects/open.ts';
import { fetchBackup, storeBackup } from './backup.ts';
import { setupBucket } from './bucket/bucket.ts';
import { backupConfig, bucketConfig, databaseConfig } from './config.ts';
import { describeFindings, describePolicies } from './report.ts';
import { lookAtDatabase, lookAtStore, type Patience, waitFor } from './wait.ts';

const usage = `cricksy-ocr setup [--wait SECONDS] database|bucket|store-backup|fetch-backup...

  database      apply the migrations that are missing (DATABASE_URL)
  bucket        create and check the bucket, print the least policies (CRICKSY_S3_BUCKET and its kin)
  store-backup  put CRICKSY_BACKUP_FILE, which pg_dump wrote, into the bucket
  fetch-backup  the newest of them into CRICKSY_BACKUP_FILE, for pg_restore

--wait: the longest that database or bucket are waited for while they start.
Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage, 78 wrong configuration.
`;

async function database(patience: Patience): Promise<boolean> {
  const config = readConfig(databaseConfig, process.env);
  const url = config.CRICKSY_DATABASE_DIRECT_URL ?? config.DATABASE_URL;
  const options = { url, password: config.CRICKSY_DATABASE_PASSWORD, name: 'cricksy-setup' };
  await waitFor('database', () => lookAtDatabase(options), patience);
  const applied = await migrate(options);
  for (const name of applied) process.stdout.write(`done  ${name}\n`);
  if (applied.length === 0) process.stdout.write('ok    the database is up to date\n');
  return true;
}

async function bucket(patience: Patience): Promise<boolean> {
  const config = readConfig(bucketConfig, process.env);
  const secrets = secretsOf(config);
  const log = createLog({ service: 'setup', level: 'silent', format: 'json', secrets });
  const endpoint = config.CRICKSY_S3_ENDPOINT_URL;
  if (endpoint) await waitFor('store', () => lookAtStore(endpoint), patience);
  const findings = await setupBucket(config, { newId: randomUUID, log });
  const key = config.CRICKSY_S3_SSE_KMS_KEY_ID;
  process.stdout.write(describeFindings(findings));
  process.stdout.write(describePolicies({ bucket: config.CRICKSY_S3_BUCKET, kmsKey: key }));
  return !findings.some(({ state }) => state === 'wrong');
}

async function withBackup(
  carry: (store: Store, file: string) => Promise<string>,
  word: string,
): Promise<boolean> {
  const config = readConfig(backupConfig, process.env);
  const secrets = secretsOf(config);
  const log = createLog({ service: 'setup', level: 'silent', format: 'json', secrets });
  const store = await openStore(config, { newId: randomUUID, now: Date.now, log });
  const key = await carry(store, config.CRICKSY_BACKUP_FILE);
  process.stdout.write(`${word} ${key}\n`);
  return true;
}

const parts = new Map<string, (patience: Patience) => Promise<boolean>>(
  Object.entries({
    database,
    bucket,
    'store-backup': () =>
      withBackup((store, file) => storeBackup(store, { file, now: new Date() }), 'stored'),
    'fetch-backup': () => withBackup((store, file) => fetchBackup(store, { file }), 'fetched'),
  }),
);

async function main(): Promise<number> {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const steps = wanted?.names.map((name) => parts.get(name)) ?? [];
  if (!wanted || steps.length === 0 || steps.includes(undefined)) {
    process.stderr.write(usage);
    return 2;
  }
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  let well = true;
  for (const step of steps)
    well = (await step?.({ seconds: wanted.seconds, say })) === true && well;
  return well ? 0 : 1;
}

function readArguments(args: string[]): { names: string[]; seconds: number } | 'help' | undefined {
  try {
    const options = { wait: { type: 'string', default: '0' }, help: { type: 'boolean' } } as const;
    const { values, positionals: names } = parseArgs({ args, options, allowPositionals: true });
    if (values.help) return 'help';
    const seconds = Number(values.wait);
    return Number.isFinite(seconds) ? { names, seconds } : undefined;
  } catch {
    return undefined;
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const { line, code } = startFailure(error);
    process.stderr.write(`setup: ${line}\n`);
    process.exit(code);
  },
);
