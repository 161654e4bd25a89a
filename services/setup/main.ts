// Prepares what the services stand on: `database` applies migrations, `bucket` creates and checks
// the bucket. Run beside the services with their environment, by a person or by a Job; safe to
// repeat and to run twice at once.
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { readConfig } from '#core/config.ts';
import { migrate } from '#core/ledger/migrate.ts';
import { startFailure } from '#core/lifecycle.ts';
import { createLog } from '#core/log.ts';
import { setupBucket } from './bucket/bucket.ts';
import { bucketConfig, databaseConfig } from './config.ts';
import { describeFindings, describePolicies } from './report.ts';

const usage = `cricksy-ocr setup database|bucket...

  database   apply the migrations that are missing (DATABASE_URL)
  bucket     create and check the bucket, print the least policies (CRICKSY_S3_BUCKET and its kin)

Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage, 78 wrong configuration.
`;

const migrations = path.join(import.meta.dirname, '../../migrations');

async function database(): Promise<boolean> {
  const config = readConfig(databaseConfig, process.env);
  const url = config.CRICKSY_DATABASE_DIRECT_URL ?? config.DATABASE_URL;
  const options = { url, password: config.CRICKSY_DATABASE_PASSWORD, name: 'cricksy-setup' };
  const applied = await migrate(options, migrations);
  for (const name of applied) process.stdout.write(`done  ${name}\n`);
  if (applied.length === 0) process.stdout.write('ok    the database is up to date\n');
  return true;
}

async function bucket(): Promise<boolean> {
  const config = readConfig(bucketConfig, process.env);
  const log = createLog({ service: 'setup', level: 'silent', format: 'json' });
  const findings = await setupBucket(config, { newId: randomUUID, log });
  const key = config.CRICKSY_S3_SSE_KMS_KEY_ID;
  process.stdout.write(describeFindings(findings));
  process.stdout.write(describePolicies({ bucket: config.CRICKSY_S3_BUCKET, kmsKey: key }));
  return !findings.some(({ state }) => state === 'wrong');
}

const parts = new Map(Object.entries({ database, bucket }));

async function main(): Promise<number> {
  const wanted = process.argv.slice(2);
  const steps = wanted.map((name) => parts.get(name));
  if (steps.length === 0 || steps.includes(undefined)) {
    const asked = wanted.includes('--help');
    process[asked ? 'stdout' : 'stderr'].write(usage);
    return asked ? 0 : 2;
  }
  let well = true;
  for (const step of steps) well = (await step?.()) === true && well;
  return well ? 0 : 1;
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
