// Uploads on a real S3 server, sent straight to it or through the gateway; what happens when it
// goes away, and when somebody replaces bytes behind our back.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { createS3Client } from '#core/objects/s3/client.ts';
import { gatewayPolicy, workerPolicy } from '../../setup/bucket/policy.ts';
import {
  detailOf,
  eventually,
  expectProblem,
  getJson,
  initiate,
  post,
  put,
  resultText,
  send,
  until,
} from '../client.ts';
import { fixture } from '../fixtures.ts';
import { startProxy, type TcpProxy } from '../proxy.ts';
import { createTestS3, type TestS3, type UserKeys } from '../s3.ts';
import { createSystem, type Running, type System } from '../system.ts';

const receipt = fixture('receipt.jpg');
const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const sha256 = digestOf(receipt);
const modes = ['direct', 'gateway'] as const;

let s3: TestS3;
before(async () => {
  s3 = await createTestS3();
});
after(() => s3.drop());

async function keysOf(upload: string): Promise<string[]> {
  const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: s3.bucket }));
  return Contents.map(({ Key = '' }) => Key).filter((key) => key.includes(upload));
}

const complete = (api: string, id: string) => post(`${api}/api/uploads/${id}/complete`);

describe('an upload', () => {
  let system: System;
  const apis = { direct: '', gateway: '' };
  before(async () => {
    system = await createSystem(s3.env);
    const [direct, gateway] = await Promise.all([
      system.startGateway({ CRICKSY_OBJECTS_PUBLIC: 'direct' }),
      system.startGateway({ CRICKSY_OBJECTS_PUBLIC: 'gateway' }),
      system.startWorker(),
    ]);
    apis.direct = direct.url;
    apis.gateway = gateway.url;
  });
  after(() => system.stop());

  for (const mode of modes) {
    test(`goes its road when clients are sent to the store (${mode})`, async () => {
      const api = apis[mode];
      const declared = { file_size: receipt.length, sha256 };
      const announced = await initiate(api, declared);
      const id = announced.upload_id;
      const to = mode === 'direct' ? `${s3.url}/${s3.bucket}/uploads/` : `${api}/objects/uploads/`;
      assert.ok(announced.presigned_url.startsWith(to), announced.presigned_url);
      assert.equal(announced.s3_bucket, s3.bucket);
      assert.ok((await put(announced.presigned_url, receipt)).ok);
      assert.equal((await complete(api, id)).status, 202);
      await until(api, id, 'parsed');
      assert.match(await resultText(api, id), /Triple Six Point Enterprise/);

      const { url } = await getJson<{ url: string }>(`${api}/api/uploads/${id}/original`);
      const original = await fetch(url);
      assert.deepEqual(Buffer.from(await original.arrayBuffer()), receipt);
      assert.match(original.headers.get('content-disposition') ?? '', /^attachment; /);
      const applied = await post(`${api}/api/uploads/${id}/apply`, { confirm: true });
      assert.equal(applied.status, 200);

      assert.ok((await keysOf(id)).length >= 2);
      assert.equal((await fetch(`${api}/api/uploads/${id}`, { method: 'DELETE' })).status, 204);
      assert.deepEqual(await keysOf(id), []);
    });

    test(`of another size, type or checksum than declared is not taken (${mode})`, async () => {
      const api = apis[mode];
      const size = await initiate(api, { file_size: receipt.length });
      assert.ok(!(await put(size.presigned_url, receipt.subarray(1))).ok);
      assert.ok(!(await put(size.presigned_url, receipt, 'image/png')).ok);
      await expectProblem(complete(api, size.upload_id), 409, 'upload.incomplete');
      const sum = await initiate(api, { sha256: '0'.repeat(64) });
      // Not every store checks it; complete does, whatever was kept.
      const { ok } = await put(sum.presigned_url, receipt);
      const refused = complete(api, sum.upload_id);
      if (ok) await expectProblem(refused, 422, 'upload.checksum_mismatch');
      else await expectProblem(refused, 409, 'upload.incomplete');
    });
  }

  test('whose bytes are replaced after complete fails as changed, and its original is refused', async () => {
    const api = apis.direct;
    const id = await send(api, { bytes: receipt });
    await until(api, id, 'parsed');
    const [key = ''] = (await keysOf(id)).filter((one) => one.startsWith('uploads/'));
    const object = { Bucket: s3.bucket, Key: key, Body: fixture('word.jpg') };
    await s3.client.send(new PutObjectCommand(object));
    await expectProblem(fetch(`${api}/api/uploads/${id}/original`), 409, 'upload.changed');
    const again = { options: { model: 'accurate' } };
    assert.equal((await post(`${api}/api/uploads/${id}/read-again`, again)).status, 202);
    assert.equal((await until(api, id, 'failed')).error_code, 'upload.changed');
  });
});

test('the policies that setup prints are enough, and the worker may not do what the gateway may', async () => {
  const [gatewayKeys, workerKeys] = [await s3.addUser('gateway'), await s3.addUser('worker')];
  const subject = { bucket: s3.bucket, kmsKey: undefined };
  const statements = [
    ...gatewayPolicy(subject).Statement.map((one) => ({ ...one, Principal: { AWS: 'gateway' } })),
    ...workerPolicy(subject).Statement.map((one) => ({ ...one, Principal: { AWS: 'worker' } })),
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await s3.client.send(new PutBucketPolicyCommand({ Bucket: s3.bucket, Policy }));
  const system = await createSystem(s3.env);
  try {
    const { url: api } = await system.startGateway(gatewayKeys);
    await system.startWorker(workerKeys);
    assert.equal((await fetch(`${api}/api/health`)).status, 200);
    const bytes = fixture('scorecard.pdf');
    const id = await send(api, {
      bytes,
      filename: 'a.pdf',
      contentType: 'application/pdf',
      sha256: digestOf(bytes),
    });
    await until(api, id, 'parsed');
    assert.equal((await fetch(`${api}/api/uploads/${id}/pages/1/preview`)).status, 200);
    const { url } = await getJson<{ url: string }>(`${api}/api/uploads/${id}/original`);
    assert.equal((await fetch(url)).status, 200);

    const [key = ''] = await keysOf(id);
    const clientOf = (keys: UserKeys) => {
      const { CRICKSY_S3_ACCESS_KEY: accessKeyId, CRICKSY_S3_SECRET_KEY: secretAccessKey } = keys;
      return createS3Client({ ...s3.connection, credentials: { accessKeyId, secretAccessKey } });
    };
    const worker = clientOf(workerKeys);
    const mark = { Bucket: s3.bucket, Key: 'ledger/mark.json', Body: '{}' };
    await clientOf(gatewayKeys).send(new PutObjectCommand(mark));
    const forbidden = { name: 'AccessDenied' };
    const own = { Bucket: s3.bucket, Key: key };
    await assert.rejects(worker.send(new PutObjectCommand(mark)), forbidden);
    await assert.rejects(worker.send(new DeleteObjectCommand(own)), forbidden);
    const upload = { Bucket: s3.bucket, Key: `uploads/${id}/a.pdf`, Body: 'another' };
    await assert.rejects(worker.send(new PutObjectCommand(upload)), forbidden);
    assert.equal((await fetch(`${api}/api/uploads/${id}`, { method: 'DELETE' })).status, 204);
    assert.deepEqual(await keysOf(id), []);
  } finally {
    await system.stop();
    await s3.client.send(new DeleteBucketPolicyCommand({ Bucket: s3.bucket }));
  }
});

for (const mode of ['refuse', 'silent'] as const) {
  describe(`while the store is away (${mode})`, () => {
    let system: System;
    let proxy: TcpProxy;
    let gateway: Running;
    beforeEach(async () => {
      proxy = await startProxy({ host: '127.0.0.1', port: s3.port });
      const through = { ...s3.env, CRICKSY_S3_ENDPOINT_URL: `http://127.0.0.1:${proxy.port}` };
      system = await createSystem({ ...through, CRICKSY_OBJECTS_PUBLIC: 'gateway' });
      gateway = await system.startGateway();
    });
    afterEach(async () => {
      await system.stop();
      await proxy.close();
    });

    const expectAway = async (answer: Response) => {
      const retryAfter = Number(answer.headers.get('retry-after'));
      await expectProblem(answer, 503, 'objects.unavailable');
      assert.ok(retryAfter >= 1);
    };

    test('uploads are announced; bytes and complete are refused for now, and taken later', async () => {
      const api = gateway.url;
      proxy.set(mode);
      const { upload_id: id, presigned_url } = await initiate(api);
      await expectAway(await put(presigned_url, receipt));
      await expectAway(await complete(api, id));
      const health = await fetch(`${api}/api/health`);
      assert.equal(health.status, 503);
      proxy.set('forward');
      assert.equal((await put(presigned_url, receipt)).status, 200);
      assert.equal((await complete(api, id)).status, 202);
      await system.startWorker();
      await until(api, id, 'parsed');
    });

    test('what is to be read waits, uncounted, and is read when it is back', async () => {
      const api = gateway.url;
      const id = await send(api, { bytes: receipt });
      proxy.set(mode);
      await system.startWorker();
      await eventually(async () => {
        const { attempts_log } = await detailOf(api, id);
        return attempts_log.find((one) => one.error_code === 'objects.unavailable');
      });
      proxy.set('forward');
      await until(api, id, 'parsed');
    });
  });
}
