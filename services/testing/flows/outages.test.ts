// Parts go away, or worse, fall silent: what can be taken is taken, the rest is refused at once,
// and everything goes on by itself afterwards.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  eventually,
  expectProblem,
  initiate,
  post,
  put,
  send,
  statusOf,
  until,
} from '../client.ts';
import { fixture } from '../fixtures.ts';
import { startProxy, type TcpProxy, targetOf, through } from '../proxy.ts';
import { createSystem, type System } from '../system.ts';

const receipt = fixture('receipt.jpg');

let system: System;
let proxy: TcpProxy;
let proxied = '';
beforeEach(async () => {
  system = await createSystem();
  proxy = await startProxy(targetOf(system.databaseUrl));
  proxied = through(proxy, system.databaseUrl);
});
afterEach(async () => {
  await system.stop();
  await proxy.close();
});

for (const mode of ['refuse', 'silent'] as const) {
  test(`a complete is taken while the broker is away (${mode}), and done when it is back`, async () => {
    // Only the broker, and what listens, go through the proxy; the ledger is reached directly.
    const gateway = await system.startGateway({ CRICKSY_DATABASE_DIRECT_URL: proxied });
    await system.startWorker();
    const { upload_id: id, presigned_url } = await initiate(gateway.url);
    proxy.set(mode);
    await put(presigned_url, receipt);
    const completed = await post(`${gateway.url}/api/uploads/${id}/complete`);
    assert.equal(completed.status, 202);
    assert.equal((await statusOf(gateway.url, id)).status, 'uploaded');
    proxy.set('forward');
    await until(gateway.url, id, 'parsed');
  });
}

test('while the ledger is silent nobody hangs, and everything goes on when it speaks again', async () => {
  const gateway = await system.startGateway({ DATABASE_URL: proxied });
  const worker = await system.startWorker({ DATABASE_URL: proxied });
  const before = await send(gateway.url, { bytes: receipt });
  await until(gateway.url, before, 'parsed');
  proxy.set('silent');
  const status = `${gateway.url}/api/uploads/${before}/status`;
  await expectProblem(fetch(status), 503, 'ledger.unavailable');
  const started = performance.now();
  const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(status)));
  for (const answer of answers) {
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  }
  // At most one of them asks the database, which costs it the five seconds of a connection.
  assert.ok(performance.now() - started < 15_000);
  assert.equal((await fetch(`${gateway.url}/livez`)).status, 200);
  proxy.set('forward');
  const after = await eventually(async () => {
    const announced = await post(`${gateway.url}/api/uploads/initiate`, {
      filename: 'card.jpg',
      content_type: 'image/jpeg',
    });
    return announced.status === 201 ? await send(gateway.url, { bytes: receipt }) : undefined;
  });
  await until(gateway.url, after, 'parsed');
  assert.deepEqual([await worker.kill('SIGTERM'), await gateway.kill('SIGTERM')], [0, 0]);
});
