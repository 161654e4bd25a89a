// The same road with RabbitMQ as the broker, which is stopped, wiped and refused on the way.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { detailOf, eventually, send, statusOf, until } from '../client.ts';
import { fixture, scannedPdf } from '../fixtures.ts';
import { createTestRabbitmq, type TestRabbitmq } from '../rabbitmq.ts';
import { assertReadOnce } from '../reading.ts';
import { createSystem, type System } from '../system.ts';

const receipt = { bytes: fixture('receipt.jpg') };
const book = (pages: number) => ({
  filename: 'book.pdf',
  contentType: 'application/pdf',
  bytes: scannedPdf(pages),
});
const oneSlot = { CRICKSY_WORKER_SLOTS: '1' };

suite('on RabbitMQ', () => {
  let server: TestRabbitmq;
  let system: System;
  before(async () => {
    server = await createTestRabbitmq();
  });
  after(() => server.drop());
  beforeEach(async () => {
    system = await createSystem({ CRICKSY_BROKER_URL: server.url });
  });
  afterEach(() => system.stop());

  test('uploads through two gateways are each read once by two workers, though one is killed and the broker is restarted and wiped', async () => {
    const gateways = [await system.startGateway(), await system.startGateway()];
    const workers = [await system.startWorker(oneSlot), await system.startWorker(oneSlot)];
    const ids: string[] = [];
    const sendSome = async () => {
      for (const { url } of gateways) ids.push(await send(url, receipt), await send(url, book(3)));
    };
    await sendSome();
    await workers[0]?.kill('SIGKILL');
    await system.startWorker(oneSlot);
    await server.stop();
    await sendSome();
    await server.start();
    await sendSome();
    await server.stop();
    await sendSome();
    await server.start({ wiped: true });
    await sendSome();
    for (const [index, id] of ids.entries()) {
      const api = gateways[index % 2]?.url ?? '';
      await assertReadOnce(api, id, index % 2 === 0 ? 1 : 3);
    }
  });

  test('while it is away uploads are taken and status answers; the work flows soon after it is back', async (t) => {
    const worker = system.startWorker();
    const before = await system.startGateway();
    await worker;
    await server.stop();
    const during = await system.startGateway();
    const late = system.startWorker();
    const ids = [await send(before.url, receipt), await send(during.url, receipt)];
    for (const id of ids) assert.equal((await statusOf(during.url, id)).status, 'uploaded');
    await late;
    await server.start();
    const back = performance.now();
    for (const id of ids) await until(before.url, id, 'parsed');
    const seconds = (performance.now() - back) / 1000;
    t.diagnostic(`read ${seconds.toFixed(1)} s after the broker accepted connections`);
    assert.ok(seconds < 25, `${seconds} s`);
  });

  test('what a killed worker read runs elsewhere long before its lease ends', async (t) => {
    const { url: api } = await system.startGateway();
    const first = await system.startWorker({ ...oneSlot, CRICKSY_WORKER_NAME: 'first' });
    const id = await send(api, book(30));
    await until(api, id, 'processing');
    // Slots to spare: it is the way of the task that is measured, not a busy worker.
    await system.startWorker({ CRICKSY_WORKER_SLOTS: '3', CRICKSY_WORKER_NAME: 'second' });
    const { attempts_log: before } = await detailOf(api, id);
    const killed = performance.now();
    await first.kill('SIGKILL');
    const seconds = await eventually(async () => {
      const { attempts_log } = await detailOf(api, id);
      const lost = attempts_log.find((one) => one.outcome === 'lost' && one.worker === 'first');
      const next = attempts_log.find(
        (one) => one.task_id === lost?.task_id && one.attempt > (lost?.attempt ?? 0),
      );
      return next ? (performance.now() - killed) / 1000 : undefined;
    });
    t.diagnostic(`its task ran elsewhere ${seconds.toFixed(1)} s after kill -9`);
    assert.ok(before.some((one) => one.worker === 'first'));
    assert.ok(seconds < 15, `${seconds} s`);
    const parsed = await until(api, id, 'parsed');
    assert.deepEqual([parsed.pages_done, parsed.pages_failed], [30, 0]);
  });

  test('its password stands in no output, and a wrong one ends the start with one clear line', async () => {
    const password = new URL(server.url).password;
    const gateway = await system.startGateway({ LOG_LEVEL: 'debug' });
    const worker = await system.startWorker({ LOG_LEVEL: 'debug' });
    await send(gateway.url, receipt);
    await server.control('close_all_connections', 'a reason to log');
    await eventually(async () => gateway.output().includes('connection lost') || undefined);
    for (const one of [gateway, worker]) {
      assert.match(one.output(), /connected to the broker/);
      assert.ok(!one.output().includes(password));
    }
    const wrong = { CRICKSY_BROKER_PASSWORD: 'mistaken-secret' };
    for (const start of [system.startGateway(wrong), system.startWorker(wrong)]) {
      await assert.rejects(start, (error: Error) => {
        assert.match(error.message, /ended with 78/);
        assert.match(error.message, /does not let the user "cricksy" in/);
        assert.ok(!error.message.includes('mistaken-secret'));
        return true;
      });
    }
  });
});
