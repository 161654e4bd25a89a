// The database is killed while a worker reads, and comes back. Callers are told to come again,
// no process ends, and what was being read is read once.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { migrate } from '#core/ledger/migrate.ts';
import { followed } from '../../gateway/live/fixture.ts';
import { type Ledger, startLedger } from '../chaos/parts.ts';
import { eventually, expectProblem, post, send, until } from '../client.ts';
import { fixture, scannedPdf } from '../fixtures.ts';
import { isRunning } from '../processes.ts';
import { startProxy, type TcpProxy, through } from '../proxy.ts';
import { assertReadOnce, midway } from '../reading.ts';
import { createSystem, type System } from '../system.ts';

const pages = 16;
const book = {
  filename: 'book.pdf',
  contentType: 'application/pdf',
  bytes: scannedPdf(pages),
};

let folder = '';
let ledger: Ledger;
let proxy: TcpProxy;
let system: System;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-restart-'));
  ledger = await startLedger(path.join(folder, 'postgres'));
  await migrate({ url: ledger.url, name: 'migrate' });
  // The server comes back on another port.
  proxy = await startProxy(ledger.at());
  system = await createSystem({ DATABASE_URL: through(proxy, ledger.url) });
});
after(async () => {
  await system.stop();
  await proxy.close();
  await ledger.drop();
  await rm(folder, { recursive: true, force: true });
});

test('a database that is killed while a worker reads costs time, nothing else', async () => {
  const gateway = await system.startGateway();
  const worker = await system.startWorker({ CRICKSY_WORKER_SLOTS: '1' });
  const api = gateway.url;
  const listener = await followed({ port: Number(new URL(api).port) });
  const id = await send(api, book);
  await midway(api, id);
  await ledger.kill();

  const announced = { filename: 'card.jpg', content_type: 'image/jpeg' };
  for (const refused of [
    await fetch(`${api}/api/uploads/${id}/status`),
    await fetch(`${api}/api/uploads`),
    await post(`${api}/api/uploads/initiate`, announced),
    await post(`${api}/api/uploads/${id}/cancel`),
  ]) {
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    await expectProblem(refused, 503, 'ledger.unavailable');
  }
  assert.equal((await fetch(`${api}/livez`)).status, 200);
  assert.equal((await fetch(`${api}/readyz`)).status, 503);

  await ledger.start();
  proxy.aim(ledger.at());
  await eventually(async () => ((await fetch(`${api}/readyz`)).ok ? true : undefined));
  await until(api, id, 'parsed');
  await eventually(async () =>
    listener.events().some((event) => event.type === 'upload.parsed') ? true : undefined,
  );
  await assertReadOnce(api, id, pages);
  const cursors = listener.events().map((event) => event.cursor);
  assert.equal(new Set(cursors).size, cursors.length, 'who listened all along heard nothing twice');

  const next = await send(api, { bytes: fixture('receipt.jpg') });
  await assertReadOnce(api, next, 1);
  for (const { pid } of [gateway, worker]) assert.ok(isRunning(pid));
  await listener.leave();
  assert.deepEqual([await worker.kill('SIGTERM'), await gateway.kill('SIGTERM')], [0, 0]);
});
