// `cricksy-ocr setup` as a person runs it, against a real S3 server and a real database.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  GetBucketCorsCommand,
  GetBucketVersioningCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { createTestS3, type TestS3 } from '../testing/s3.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const command = path.join(import.meta.dirname, '../../bin/cricksy-ocr');

function setup(args: string[], env: Record<string, string>): Promise<Ended> {
  const PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
  return new Promise((resolve) => {
    execFile(command, ['setup', ...args], { env: { PATH, ...env } }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('the bucket', () => {
  let s3: TestS3;
  let env: Record<string, string>;
  before(async () => {
    s3 = await createTestS3();
    env = { ...s3.env, CRICKSY_S3_BUCKET: 'cards' };
  });
  after(() => s3.drop());
  const line = ({ out }: Ended, what: string) =>
    out.split('\n').find((one) => one.slice(6).startsWith(`${what} `)) ?? assert.fail(out);

  test('is created, made fit and tried; doing it again changes nothing', async () => {
    const origins = { CRICKSY_CORS_ORIGINS: 'https://b.example.org,https://a.example.org' };
    const first = await setup(['bucket'], { ...env, ...origins });
    assert.equal(first.code, 0, first.out + first.err);
    for (const what of ['bucket', 'cors', 'versioning']) assert.match(line(first, what), /^done/);
    // What this store lacks is told, and is no failure.
    assert.match(line(first, 'lifecycle'), /^none .*does not implement/);
    for (const what of ['read and write', 'if-match', 'signed urls', 'delete']) {
      assert.match(line(first, what), /^ok/);
    }
    const second = await setup(['bucket'], { ...env, ...origins });
    assert.equal(second.code, 0);
    assert.doesNotMatch(second.out, /^(done|WRONG)/m);
    const bucket = { Bucket: 'cards' };
    const { Status } = await s3.client.send(new GetBucketVersioningCommand(bucket));
    assert.equal(Status, 'Enabled');
    const left = await s3.client.send(new ListObjectsV2Command(bucket));
    assert.deepEqual(left.Contents ?? [], []);
  });

  test('that others made keeps their rules beside ours', async () => {
    const theirs = { ID: 'theirs', AllowedMethods: ['GET'], AllowedOrigins: ['https://other.org'] };
    const of = { Bucket: s3.bucket };
    await s3.client.send(
      new PutBucketCorsCommand({ ...of, CORSConfiguration: { CORSRules: [theirs] } }),
    );
    const at = { ...s3.env, CRICKSY_CORS_ORIGINS: '*' };
    assert.equal((await setup(['bucket'], at)).code, 0);
    const ids = async () => {
      const { CORSRules = [] } = await s3.client.send(new GetBucketCorsCommand(of));
      return CORSRules.map(({ ID }) => ID);
    };
    assert.deepEqual(await ids(), ['theirs', 'cricksy-ocr']);
    assert.equal((await setup(['bucket'], s3.env)).code, 0);
    assert.deepEqual(await ids(), ['theirs']);
  });

  test('that is open to everybody is wrong, with the way to mend it', async () => {
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${s3.bucket}/*`,
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await s3.client.send(new PutBucketPolicyCommand({ Bucket: s3.bucket, Policy }));
    const open = await setup(['bucket'], s3.env);
    assert.equal(open.code, 1);
    assert.match(line(open, 'privacy'), /^WRONG .*anybody/);
    assert.match(open.out, /to mend it: remove the statement/);
  });

  test('that cannot be encrypted as asked, reached or opened is wrong', async () => {
    const encrypted = await setup(['bucket'], { ...env, CRICKSY_S3_SSE: 'AES256' });
    assert.equal(encrypted.code, 1);
    assert.match(line(encrypted, 'encryption'), /^WRONG/);
    const away = await setup(['bucket'], { ...env, CRICKSY_S3_ENDPOINT_URL: 'http://127.0.0.1:1' });
    assert.equal(away.code, 1);
    assert.match(line(away, 'bucket'), /^WRONG .*does not answer/);
    const closed = await setup(['bucket'], { ...env, CRICKSY_S3_SECRET_KEY: 'another one' });
    assert.equal(closed.code, 1);
    assert.match(line(closed, 'bucket'), /^WRONG .*closed to our credentials/);
  });

  test('comes with the least policies for gateway and worker', async () => {
    const { out } = await setup(['bucket'], env);
    const [gateway, worker] = [...out.matchAll(/^\{\n[\s\S]*?^\}$/gm)].map(([text]) =>
      JSON.parse(text),
    );
    const actions = (policy: { Statement: { Action: string[] }[] }) =>
      policy.Statement.flatMap(({ Action }) => Action).sort((a, b) => (a < b ? -1 : 1));
    assert.deepEqual(actions(gateway), [
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
    ]);
    assert.deepEqual(actions(worker), ['s3:GetObject', 's3:ListBucket', 's3:PutObject']);
  });
});

describe('the database', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase('template0');
  });
  after(() => database.drop());

  test('is migrated by two at once, and then up to date', async () => {
    const env = { DATABASE_URL: database.url };
    const both = await Promise.all([setup(['database'], env), setup(['database'], env)]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(both.filter(({ out }) => out.includes('0001-ledger.ts')).length, 1);
    const client = new pg.Client(database.url);
    await client.connect();
    assert.equal((await client.query('select 1 from uploads')).rowCount, 0);
    await client.end();
    assert.match((await setup(['database'], env)).out, /up to date/);
  });
});

test('what is asked wrongly is told', async () => {
  assert.equal((await setup([], {})).code, 2);
  assert.equal((await setup(['kitchen'], {})).code, 2);
  assert.equal((await setup(['database', '--wait', 'long'], {})).code, 2);
  const configured = await setup(['bucket'], {});
  assert.equal(configured.code, 78);
  assert.match(configured.err, /CRICKSY_S3_BUCKET/);
  const help = await setup(['--help'], {});
  assert.equal(help.code, 0);
  assert.match(help.out, /setup \[--wait SECONDS\] database\|bucket/);
});
