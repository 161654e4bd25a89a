// kill -9 at any moment: the work is finished later, once. What happened is asked of the
// ledger: its attempts, its events, its results.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptEntry } from '#core/messages.ts';
import { detailOf, eventually, initiate, post, put, send, until } from '../client.ts';
import { fixture, scannedPdf } from '../fixtures.ts';
import { descendantsOf, isRunning } from '../processes.ts';
import { assertReadOnce, midway } from '../reading.ts';
import { createSystem, type Running, type System } from '../system.ts';

const book = (pages: number) => ({
  filename: 'book.pdf',
  contentType: 'application/pdf',
  bytes: scannedPdf(pages),
});
const receipt = { bytes: fixture('receipt.jpg') };
const oneSlot = { CRICKSY_WORKER_SLOTS: '1' };

let system: System;
beforeEach(async () => {
  system = await createSystem();
});
afterEach(() => system.stop());

const enginePidsOf = (worker: Running) => descendantsOf(worker.pid);
const outcomesOf = (attempts: readonly AttemptEntry[]) => attempts.map((one) => one.outcome);

describe('kill -9', () => {
  test('of an engine process costs one attempt, not the pages that were recorded', async () => {
    const { url: api } = await system.startGateway();
    const worker = await system.startWorker(oneSlot);
    const id = await send(api, book(12));
    await midway(api, id);
    for (const pid of enginePidsOf(worker)) process.kill(pid, 'SIGKILL');
    const attempts = await assertReadOnce(api, id, 12);
    const failed = attempts.find((attempt) => attempt.outcome === 'failed');
    assert.equal(failed?.error_code, 'engine.crashed');
  });

  test('of a worker in the middle gives its work to another at once', async () => {
    const { url: api } = await system.startGateway();
    const first = await system.startWorker({ ...oneSlot, CRICKSY_WORKER_NAME: 'first' });
    const id = await send(api, book(12));
    await midway(api, id);
    const second = system.startWorker({ ...oneSlot, CRICKSY_WORKER_NAME: 'second' });
    const killed = performance.now();
    await first.kill('SIGKILL');
    await second;
    const attempts = await assertReadOnce(api, id, 12);
    // A lease lasts 30 s: it was not waited for.
    assert.ok(performance.now() - killed < 20_000);
    assert.ok(outcomesOf(attempts).includes('lost'));
    assert.ok(attempts.some((attempt) => attempt.worker === 'second'));
  });

  test('of a worker takes its engine processes along', async () => {
    await system.startGateway();
    const worker = await system.startWorker();
    const engines = enginePidsOf(worker);
    assert.equal(engines.length, 2);
    await worker.kill('SIGKILL');
    await eventually(async () => (engines.some(isRunning) ? undefined : true));
  });

  test('of the only gateway between complete and the reading loses nothing', async () => {
    const gateway = await system.startGateway();
    const ids = await Promise.all([1, 2, 3].map(() => send(gateway.url, receipt)));
    await gateway.kill('SIGKILL');
    await system.startWorker();
    const next = await system.startGateway();
    for (const id of ids) await assertReadOnce(next.url, id, 1);
  });

  test('of a gateway while a worker reads changes nothing', async () => {
    const gateway = await system.startGateway();
    await system.startWorker();
    const id = await send(gateway.url, book(10));
    await until(gateway.url, id, 'processing');
    await gateway.kill('SIGKILL');
    const next = await system.startGateway();
    await assertReadOnce(next.url, id, 10);
  });

  test('of everything, again and again, still reads each upload once', async () => {
    let gateway = await system.startGateway();
    let worker = await system.startWorker();
    const ids = [await send(gateway.url, book(8))];
    for (let round = 0; round < 4; round++) {
      ids.push(await send(gateway.url, receipt));
      await sleep(150 + 150 * round);
      await Promise.all([worker.kill('SIGKILL'), gateway.kill('SIGKILL')]);
      [gateway, worker] = await Promise.all([system.startGateway(), system.startWorker()]);
    }
    for (const [index, id] of ids.entries()) {
      await assertReadOnce(gateway.url, id, index === 0 ? 8 : 1);
    }
  });

  test('of the connection while bytes are sent leaves nothing half', async () => {
    const { url: api } = await system.startGateway();
    const { upload_id, presigned_url } = await initiate(api);
    const sending = request(presigned_url, {
      method: 'PUT',
      headers: { 'content-type': 'image/jpeg', 'content-length': String(receipt.bytes.length) },
    });
    const ended = once(sending, 'response');
    sending.write(receipt.bytes.subarray(0, receipt.bytes.length / 2));
    // The gateway has some of it, and waits for the rest.
    await eventually(async () => {
      const [draft] = readdirSync(`${system.folder}/objects/incoming`);
      return draft;
    });
    sending.destroy(new Error('cut'));
    await assert.rejects(ended, { message: 'cut' });
    const completed = await post(`${api}/api/uploads/${upload_id}/complete`);
    assert.equal(completed.status, 409);
    await put(presigned_url, receipt.bytes);
    assert.equal((await post(`${api}/api/uploads/${upload_id}/complete`)).status, 202);
  });
});

describe('SIGTERM', () => {
  test('of a worker finishes what fits in its grace period and gives the rest back', async () => {
    const { url: api } = await system.startGateway();
    const worker = await system.startWorker({ ...oneSlot, CRICKSY_SHUTDOWN_GRACE: '1' });
    const id = await send(api, book(40));
    // The task that opens the file may share out its pages within the grace period and so just end;
    // one that has gone on for two seconds does not, nor does a range.
    await eventually(async () => {
      const { attempts_log } = await detailOf(api, id);
      const running = attempts_log.find((attempt) => attempt.outcome === null);
      if (!running) return undefined;
      const long = Date.now() - Date.parse(running.started_at) > 2_000;
      return running.first_page !== null || long || undefined;
    });
    assert.equal(await worker.kill('SIGTERM'), 0);
    await system.startWorker();
    const attempts = await assertReadOnce(api, id, 40);
    assert.ok(outcomesOf(attempts).includes('given_back'));
    assert.ok(!outcomesOf(attempts).some((outcome) => outcome === 'lost' || outcome === 'failed'));
  });

  test('of an idle worker and a gateway ends them with 0 and leaves no file behind', async () => {
    const gateway = await system.startGateway();
    const worker = await system.startWorker();
    assert.deepEqual([await worker.kill('SIGTERM'), await gateway.kill('SIGTERM')], [0, 0]);
    const left = readdirSync(`${system.folder}/scratch`).filter((name) => name !== 'models');
    assert.deepEqual(left, []);
  });

  test('a second one does not wait for the grace period', async () => {
    const { url: api } = await system.startGateway();
    const worker = await system.startWorker({ ...oneSlot, CRICKSY_SHUTDOWN_GRACE: '60' });
    const id = await send(api, book(60));
    await midway(api, id);
    const asked = performance.now();
    process.kill(worker.pid, 'SIGTERM');
    await sleep(100);
    assert.equal(await worker.kill('SIGTERM'), 0);
    assert.ok(performance.now() - asked < 50_000);
    await post(`${api}/api/uploads/${id}/cancel`);
  });
});

describe('draining', () => {
  test('a drained worker takes nothing, an undrained one does', async () => {
    const { url: api } = await system.startGateway();
    await system.startWorker(oneSlot);
    const { workers } = (await (await fetch(`${api}/api/workers`)).json()) as {
      workers: { worker_id: string }[];
    };
    const worker = `${api}/api/workers/${workers[0]?.worker_id}`;
    assert.equal((await post(`${worker}/drain`, {})).status, 200);
    await eventually(async () => {
      const answer = (await (await fetch(`${api}/api/workers`)).json()) as {
        workers: { drained: boolean }[];
      };
      return answer.workers[0]?.drained || undefined;
    });
    const id = await send(api, receipt);
    await sleep(500);
    assert.equal((await detailOf(api, id)).status, 'uploaded');
    assert.equal((await post(`${worker}/undrain`)).status, 200);
    await assertReadOnce(api, id, 1);
  });
});
