// What operators switch and limit, on a real gateway with its real settings.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, getJson, initiate, post, put, send, statusOf, until } from '../client.ts';
import { fixture } from '../fixtures.ts';
import { createSystem, type System } from '../system.ts';

const receipt = fixture('receipt.jpg');
const announced = { filename: 'card.jpg', content_type: 'image/jpeg' };

let system: System;
before(async () => {
  system = await createSystem();
  await system.startWorker();
});
after(() => system.stop());

test('with uploads off none is taken, and what was announced is completed when they are on', async (t) => {
  const on = await system.startGateway();
  const off = await system.startGateway({ CRICKSY_ENABLE_UPLOADS: 'false' });
  t.after(() => Promise.all([on.kill('SIGTERM'), off.kill('SIGTERM')]));
  const { upload_id: id, presigned_url } = await initiate(on.url);
  await put(presigned_url, receipt);
  for (const address of ['initiate', `${id}/complete`]) {
    const refused = await post(`${off.url}/api/uploads/${address}`, announced);
    assert.equal(refused.headers.get('retry-after'), '60');
    await expectProblem(refused, 503, 'uploads.disabled');
  }
  const { features } = await getJson<{ features: object }>(`${off.url}/api/health`);
  assert.deepEqual(features, { uploads: false, ocr: true });
  assert.equal((await statusOf(off.url, id)).status, 'initiated');
  assert.equal((await post(`${on.url}/api/uploads/${id}/complete`)).status, 202);
  await until(on.url, id, 'parsed');
});

test('with OCR off uploads wait, and are read when it is on', async (t) => {
  const off = await system.startGateway({ CRICKSY_ENABLE_OCR: 'false' });
  const id = await send(off.url, { bytes: receipt });
  const [task] = await system.db.query<{ status: string }>(
    'select status from tasks where upload_id = $1',
    [id],
  );
  assert.equal(task?.status, 'waiting');
  assert.equal((await statusOf(off.url, id)).status, 'uploaded');
  await off.kill('SIGTERM');
  const on = await system.startGateway();
  t.after(() => on.kill('SIGTERM'));
  await until(on.url, id, 'parsed');
});

test('a client that announces too much is told its limit, and only there', async (t) => {
  const gateway = await system.startGateway({ CRICKSY_RATE_LIMIT_INITIATE: '2' });
  t.after(() => gateway.kill('SIGTERM'));
  const ask = () => post(`${gateway.url}/api/uploads/initiate`, announced);
  for (const left of [1, 0]) {
    const taken = await ask();
    assert.equal(taken.status, 201);
    assert.equal(taken.headers.get('ratelimit-policy'), '"initiate";q=2;w=60');
    assert.match(taken.headers.get('ratelimit') ?? '', new RegExp(`^"initiate";r=${left};t=\\d+$`));
  }
  const refused = await ask();
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  await expectProblem(refused, 429, 'rate.limited');
  assert.equal((await fetch(`${gateway.url}/api/uploads`)).status, 200);
});

test('pages of configured origins may call, others may not', async (t) => {
  const origin = 'https://app.example';
  const gateway = await system.startGateway({ CRICKSY_CORS_ORIGINS: origin });
  t.after(() => gateway.kill('SIGTERM'));
  const preflight = (from: string) =>
    fetch(`${gateway.url}/api/uploads/initiate`, {
      method: 'OPTIONS',
      headers: { origin: from, 'access-control-request-method': 'POST' },
    });
  const allowed = (answer: Response) => answer.headers.get('access-control-allow-origin');
  assert.equal(allowed(await preflight(origin)), origin);
  assert.notEqual(allowed(await preflight('https://evil.example')), 'https://evil.example');
});
