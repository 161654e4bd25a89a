// An S3 server of its own for a test file, with an empty bucket.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { createS3Client, type S3Connection } from '#core/objects/s3/client.ts';
import { findVersitygw } from '../standalone/versitygw/program.ts';
import { startVersitygw } from '../standalone/versitygw/versitygw.ts';
import { silentLog } from './log.ts';
import { steadyPort } from './port.ts';

/** Where the server's program lies, for processes that start it themselves. */
export const s3Cache: Record<string, string> = {
  HOME: process.env['HOME'] ?? '',
  XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? '',
};

export interface TestS3 {
  /** The same after every restart. */
  readonly url: string;
  readonly port: number;
  readonly bucket: string;
  readonly connection: S3Connection & Required<Pick<S3Connection, 'credentials'>>;
  readonly client: S3Client;
  /** What a gateway, a worker and setup need in order to use it. */
  readonly env: Record<string, string>;
  /** Somebody who may do nothing yet; resolves with the keys, by the names of our settings. */
  addUser(name: string): Promise<UserKeys>;
  stop(): Promise<void>;
  /** After `stop`. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  drop(): Promise<void>;
}

export type UserKeys = { CRICKSY_S3_ACCESS_KEY: string; CRICKSY_S3_SECRET_KEY: string };

export async function createTestS3(options: { domain?: string } = {}): Promise<TestS3> {
  const program = await findVersitygw(process.env);
  const directory = await mkdtemp(path.join(tmpdir(), 'cricksy-s3-'));
  const port = await steadyPort();
  const [accessKey, secretKey] = ['cricksy', randomUUID()];
  const start = () =>
    startVersitygw({ program, directory, port, accessKey, secretKey, ...options });
  let server = await start();
  const connection = {
    endpoint: server.url,
    region: 'us-east-1',
    pathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    log: silentLog,
  };
  const client = createS3Client(connection);
  const bucket = 'cricksy-uploads';
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    url: server.url,
    port,
    bucket,
    connection,
    client,
    env: {
      CRICKSY_S3_ENDPOINT_URL: server.url,
      CRICKSY_S3_BUCKET: bucket,
      CRICKSY_S3_ACCESS_KEY: accessKey,
      CRICKSY_S3_SECRET_KEY: secretKey,
    },
    async addUser(name) {
      const secret = randomUUID();
      const as = ['--access', accessKey, '--secret', secretKey, '--endpoint-url', server.url];
      const user = ['--access', name, '--secret', secret, '--role', 'user'];
      await promisify(execFile)(program, ['admin', ...as, 'create-user', ...user]);
      return { CRICKSY_S3_ACCESS_KEY: name, CRICKSY_S3_SECRET_KEY: secret };
    },
    stop: () => server.stop(),
    async start() {
      server = await start();
    },
    async drop() {
      await server.stop();
      client.destroy();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
