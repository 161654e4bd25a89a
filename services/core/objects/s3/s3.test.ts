import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { createTestS3, type TestS3 } from '../../../testing/s3.ts';
import { objectsContract } from '../contract.ts';
import type { Objects } from '../objects.ts';
import { createS3Client, type S3Connection } from './client.ts';
import { createS3Signer } from './signer.ts';
import { createS3Store } from './store.ts';

let s3: TestS3;
before(async () => {
  s3 = await createTestS3({ domain: 's3.test' });
});
after(() => s3.drop());

async function openAt(connection: S3Connection): Promise<Objects> {
  const [client, bucket] = [createS3Client(connection), s3.bucket];
  const store = createS3Store({ client, bucket, newId: randomUUID });
  return { ...store, ...createS3Signer({ client, bucket, store }) };
}

objectsContract('s3', {
  open: () => openAt(s3.connection),
  openUnreachable: () => openAt({ ...s3.connection, endpoint: 'http://127.0.0.1:1' }),
  origin: 'http://unused',
});

describe('a signed URL', () => {
  const put = (objects: Objects, key: string) =>
    objects.presignPut({ key, contentType: 'text/plain', expiresIn: 60, origin: 'http://unused' });

  test('leads to the address at which clients see the store', async () => {
    const objects = await openAt({ ...s3.connection, endpoint: 'https://files.example.org' });
    const url = await put(objects, 'a/1');
    assert.ok(url.startsWith(`https://files.example.org/${s3.bucket}/a/1?`), url);
  });

  test('has the bucket in its host name where the store wants that', async () => {
    const virtual = { endpoint: `http://s3.test:${s3.port}`, pathStyle: false };
    const objects = await openAt({ ...s3.connection, ...virtual });
    const url = await put(objects, 'virtual/1');
    assert.ok(url.startsWith(`http://${s3.bucket}.s3.test:${s3.port}/virtual/1?`), url);
    assert.equal(await putAt(url, '127.0.0.1'), 200);
    const store = await openAt(s3.connection);
    assert.equal(String(await store.get('virtual/1')), 'the bytes');
  });

  test('is of AWS in the region when there is no other endpoint', async () => {
    const aws = { endpoint: undefined, pathStyle: false, region: 'eu-central-1' };
    const url = await put(await openAt({ ...s3.connection, ...aws }), 'a/1');
    assert.ok(url.startsWith(`https://${s3.bucket}.s3.eu-central-1.amazonaws.com/a/1?`), url);
    assert.match(url, /%2Feu-central-1%2Fs3%2Faws4_request/);
  });
});

/** Sends it to `host` whatever the URL's name resolves to. */
async function putAt(url: string, host: string): Promise<number | undefined> {
  const { host: name, port, pathname, search } = new URL(url);
  const headers = { host: name, 'content-type': 'text/plain' };
  const sent = request({ method: 'PUT', host, port, path: pathname + search, headers });
  sent.end('the bytes');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}
