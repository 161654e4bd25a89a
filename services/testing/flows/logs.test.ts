// The lines of all processes about one upload, found by the id that the client gave its request.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { InitiateAnswer } from '#core/messages.ts';
import { eventsOf, eventually, post, put, until } from '../client.ts';
import { fixture, truncated } from '../fixtures.ts';
import { createSystem, type Running, type System } from '../system.ts';

const token = 'a-token-that-nobody-may-see';
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let system: System;
let processes: Running[];
let api: string;
before(async () => {
  system = await createSystem({ LOG_LEVEL: 'debug' });
  processes = await Promise.all([system.startGateway(), system.startWorker()]);
  api = processes[0]?.url ?? '';
});
after(() => system.stop());

type Line = Readonly<Record<string, unknown>>;

function lines(): Line[] {
  return processes.flatMap((one) =>
    one
      .output()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line),
  );
}

/** What was told of one request, in the order of time: the sentence and who said it. */
function toldOf(requestId: string, level: string): string[] {
  return lines()
    .filter((line) => line['requestId'] === requestId && line['level'] === level)
    .sort((a, b) => (String(a['time']) < String(b['time']) ? -1 : 1))
    .map((line) => `${line['service']}: ${line['msg']}`);
}

async function upload(requestId: string, bytes: Uint8Array): Promise<{ id: string; url: string }> {
  const headers = { 'x-request-id': requestId, traceparent };
  const body = { filename: 'card.jpg', content_type: 'image/jpeg' };
  const answer = await post(`${api}/api/uploads/initiate`, body, headers);
  assert.equal(answer.headers.get('x-request-id'), requestId);
  const { upload_id: id, presigned_url: url } = (await answer.json()) as InitiateAnswer;
  await put(url, bytes);
  await post(`${api}/api/uploads/${id}/complete`);
  return { id, url };
}

test('one line for each transition leads from the client’s request to the end', async () => {
  const requestId = 'client-42';
  const { id, url } = await upload(requestId, fixture('receipt.jpg'));
  await until(api, id, 'parsed');
  await post(
    `${api}/api/uploads/${id}/apply`,
    { confirm: true },
    { authorization: `Bearer ${token}` },
  );
  const expected = [
    'gateway: upload applied',
    'gateway: task dispatched',
    'gateway: upload initiated',
    'gateway: upload uploaded',
    'worker: task claimed',
    'worker: task done',
    'worker: upload parsed',
    'worker: upload processing',
  ];
  await eventually(async () =>
    toldOf(requestId, 'info').length >= expected.length ? true : undefined,
  );
  const told = toldOf(requestId, 'info');
  assert.deepEqual(new Set(told), new Set(expected));
  assert.equal(told.length, expected.length, 'each once');
  assert.equal(told[0], 'gateway: upload initiated');
  const ofUpload = lines().filter(
    (line) => line['requestId'] === requestId && line['level'] === 'info',
  );
  assert.ok(ofUpload.every((line) => line['uploadId'] === id));

  const events = await eventsOf(api, id);
  assert.deepEqual(new Set(events.map((event) => event.data['request_id'])), new Set([requestId]));

  const all = processes.map((one) => one.output()).join('');
  assert.ok(!all.includes(token), 'no token');
  assert.ok(!all.includes(new URL(url).searchParams.get('signature') ?? ''), 'no signature');
  assert.doesNotMatch(all, /TAX INVOICE|subtotal/i, 'no recognised text');
});

test('what fails says why, with the same id', async () => {
  const requestId = 'client-43';
  const { id } = await upload(requestId, truncated(fixture('receipt.jpg')));
  await until(api, id, 'failed');
  const failed = await eventually(async () =>
    lines().find((line) => line['requestId'] === requestId && line['msg'] === 'upload failed'),
  );
  assert.equal(failed['error_code'], 'file.corrupt');
  assert.equal(failed['service'], 'worker');
});
