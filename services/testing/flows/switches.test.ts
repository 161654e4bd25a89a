// What operators switch and limit, on a real gateway with its real settings.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { EventMessage } from '#core/messages.ts';
import type { healthAnswer, queueAnswer, SwitchEntry } from '#core/operation-messages.ts';
import {
  eventually,
  expectProblem,
  getJson,
  initiate,
  post,
  put,
  send,
  statusOf,
  until,
} from '../client.ts';
import { fixture } from '../fixtures.ts';
import { createSystem, type System } from '../system.ts';

const receipt = fixture('receipt.jpg');
const announced = { filename: 'card.jpg', content_type: 'image/jpeg' };

type Health = z.infer<typeof healthAnswer>;

/** What an operator asks for. */
function change(
  api: string,
  what: string,
  body: object,
  token?: string,
  method = what.startsWith('switches') ? 'PUT' : 'POST',
): Promise<Response> {
  return fetch(`${api}/api/${what}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
}

async function changed(api: string, what: string, body: object): Promise<SwitchEntry> {
  const answer = await change(api, what, body);
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()) as SwitchEntry;
}

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
  const { features } = await getJson<Health>(`${off.url}/api/health`);
  assert.deepEqual(features, { uploads: false, ocr: true });
  // The setting is the ceiling.
  const impossible = change(off.url, 'switches/uploads', { on: true });
  await expectProblem(impossible, 409, 'switch.not_allowed');
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

test('uploads are switched off for every gateway at once, told to listeners, and stay off', async (t) => {
  const [one, other] = await Promise.all([system.startGateway(), system.startGateway()]);
  t.after(() => Promise.all([one.kill('SIGTERM'), other.kill('SIGTERM')]));
  const listener = await listen(other.url);
  t.after(() => listener.leave());
  const { upload_id: id, presigned_url } = await initiate(one.url);
  await put(presigned_url, receipt);

  const why = { by: 'ada', reason: 'the disks are full' };
  const off = await changed(one.url, 'switches/uploads', { on: false, ...why });
  assert.deepEqual(
    [off.on, off.allowed, off.changed_by, off.reason],
    [false, true, 'ada', why.reason],
  );
  const mine = await expectProblem(
    post(`${one.url}/api/uploads/initiate`, announced),
    503,
    'uploads.disabled',
  );
  assert.match(mine.detail, /^uploads switched off since .*: the disks are full$/);
  await eventually(async () => {
    const answer = await post(`${other.url}/api/uploads/initiate`, announced);
    return answer.status === 503 || undefined;
  });
  await expectProblem(post(`${other.url}/api/uploads/${id}/complete`), 503, 'uploads.disabled');
  const direct = fetch(`${other.url}/api/ocr`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: new Uint8Array(receipt),
  });
  await expectProblem(direct, 503, 'uploads.disabled');
  // Bytes of what was announced are still taken: only the promise to read them is not made.
  assert.equal((await put(presigned_url, receipt)).status, 200);

  const later = await system.startGateway();
  t.after(() => later.kill('SIGTERM'));
  const { features, switches } = await getJson<Health>(`${later.url}/api/health`);
  assert.equal(features.uploads, false);
  assert.deepEqual(
    switches.find(({ feature }) => feature === 'uploads'),
    off,
  );

  // Somebody else who wants the same changes nothing of who did it.
  assert.deepEqual(await changed(other.url, 'switches/uploads', { on: false, by: 'bob' }), off);
  assert.equal(
    (await changed(later.url, 'switches/uploads', { on: true })).changed_by,
    'anonymous',
  );
  await eventually(async () => {
    const answer = await post(`${one.url}/api/uploads/${id}/complete`);
    return answer.status === 202 || undefined;
  });
  await until(one.url, id, 'parsed');
  const told = await listener.heard('switch.changed', 2);
  assert.deepEqual(
    told.map(({ upload_id, data }) => [upload_id, data['on'], data['by'], data['reason']]),
    [
      [null, false, 'ada', why.reason],
      [null, true, 'anonymous', null],
    ],
  );
});

test('a paused pool reads nothing whichever gateway dispatches, and goes on by itself when it is resumed', async (t) => {
  const [one, other] = await Promise.all([system.startGateway(), system.startGateway()]);
  t.after(() => Promise.all([one.kill('SIGTERM'), other.kill('SIGTERM')]));
  const paused = await changed(one.url, 'pools/default/pause', { by: 'ada' });
  assert.deepEqual([paused.pool, paused.on], ['default', false]);
  const id = await send(other.url, { bytes: receipt });
  const { pools } = await getJson<z.infer<typeof queueAnswer>>(`${other.url}/api/queue`);
  const [queue] = pools;
  assert.ok(queue);
  assert.deepEqual(
    [
      queue.pool,
      queue.paused,
      queue.depth,
      queue.waiting,
      queue.dispatched,
      queue.ready,
      queue.unacknowledged,
    ],
    ['default', true, 1, 1, 0, 0, 0],
  );
  assert.deepEqual(
    queue.next.map((task) => [task.upload_id, task.filename, task.status]),
    [[id, 'card.jpg', 'waiting']],
  );
  assert.equal((await statusOf(one.url, id)).status, 'uploaded');
  await changed(other.url, 'pools/default/resume', {});
  await until(one.url, id, 'parsed');
  for (const nothing of ['nothing', '%00', 'n'.repeat(201)]) {
    await expectProblem(change(one.url, `pools/${nothing}/pause`, {}), 404, 'pool.not_found');
  }
  await expectProblem(change(one.url, 'switches/tea', { on: false }), 404, 'switch.not_found');
  await expectProblem(change(one.url, 'switches/ocr', { on: 'off' }), 400, 'request.invalid');
});

test('with OCR switched off a call that would wait is answered at once, and read later', async (t) => {
  const { url, kill } = await system.startGateway();
  t.after(() => kill('SIGTERM'));
  await changed(url, 'switches/ocr', { on: false, reason: 'a new model' });
  const answer = await fetch(`${url}/api/ocr?wait=60`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: new Uint8Array(receipt),
  });
  assert.equal(answer.status, 202);
  const { upload_id: id } = (await answer.json()) as { upload_id: string };
  const early = await expectProblem(
    fetch(`${url}/api/uploads/${id}/result`),
    409,
    'upload.not_read',
  );
  assert.match(early.detail, /ocr switched off since .*: a new model/);
  await changed(url, 'switches/ocr', { on: true });
  await until(url, id, 'parsed');
});

test('with a token of operators, others may look and not touch', async (t) => {
  const { url, kill } = await system.startGateway({
    CRICKSY_API_TOKEN: 'of-everybody',
    CRICKSY_OPERATOR_TOKEN: 'of-operators',
  });
  t.after(() => kill('SIGTERM'));
  const unknown = '00000000-0000-4000-8000-000000000000';
  const actions = [
    'switches/uploads',
    'pools/default/pause',
    'pools/default/resume',
    `workers/${unknown}/drain`,
    `workers/${unknown}/undrain`,
    `workers/${unknown}/shutdown`,
    'orphans/scan',
    'orphans/adopt',
  ];
  for (const action of actions) {
    await expectProblem(change(url, action, { on: false }), 401, 'auth.required');
    await expectProblem(change(url, action, { on: false }, 'of-everybody'), 403, 'auth.forbidden');
  }
  const headers = { authorization: 'Bearer of-everybody' };
  for (const view of ['health', 'switches', 'queue', 'tasks?status=dispatched', 'workers']) {
    assert.equal((await fetch(`${url}/api/${view}`, { headers })).status, 200, view);
  }
  const on = await change(url, 'switches/uploads', { on: true }, 'of-operators');
  assert.equal(on.status, 200);
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

/** A listener of everything. Resolves when it is told what happens. */
async function listen(api: string) {
  const socket = new WebSocket(`${api.replace(/^http/, 'ws')}/api/events`);
  const events: EventMessage[] = [];
  const { promise: open, resolve } = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as EventMessage;
    if (message.type === 'hello') resolve();
    else events.push(message);
  });
  await open;
  return {
    leave: () => socket.close(),
    heard: (type: string, count: number) =>
      eventually(async () => {
        const some = events.filter((event) => event.type === type);
        return some.length >= count ? some : undefined;
      }),
  };
}
