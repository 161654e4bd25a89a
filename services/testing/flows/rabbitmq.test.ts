// The same road with RabbitMQ as the broker, which is stopped, wiped and refused on the way.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import type { z } from 'zod';
import type { queueAnswer } from '#core/operation-messages.ts';
import { detailOf, eventually, post, send, statusOf, until } from '../client.ts';
import { fixture, scannedPdf } from '../fixtures.ts';
import { descendantsOf, isRunning } from '../processes.ts';
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
    // However fast the machine is: it is still reading when it is killed.
    const engines = descendantsOf(first.pid);
    for (const pid of engines) process.kill(pid, 'SIGSTOP');
    const id = await send(api, receipt);
    await until(api, id, 'processing');
    await system.startWorker({ ...oneSlot, CRICKSY_WORKER_NAME: 'second' });
    const killed = performance.now();
    await first.kill('SIGKILL');
    for (const pid of engines.filter(isRunning)) process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const { attempts_log } = await detailOf(api, id);
      return attempts_log.some((one) => one.worker === 'second') || undefined;
    });
    const seconds = (performance.now() - killed) / 1000;
    t.diagnostic(`its task ran elsewhere ${seconds.toFixed(1)} s after kill -9`);
    assert.ok(seconds < 15, `${seconds} s`);
    const attempts = await assertReadOnce(api, id, 1);
    assert.deepEqual(
      attempts.map(({ worker, outcome }) => [worker, outcome]),
      [
        ['first', 'lost'],
        ['second', 'done'],
      ],
    );
  });

  test('the queue says what is ready in it and what a worker holds, and a pause keeps both empty', async () => {
    const [one, other] = [await system.startGateway(), await system.startGateway()];
    const queue = async () => {
      const answer = await fetch(`${other.url}/api/queue`);
      const { pools } = (await answer.json()) as z.infer<typeof queueAnswer>;
      const { waiting, ready, unacknowledged, running } = pools[0] ?? assert.fail('no pool');
      return [waiting, ready, unacknowledged, running];
    };
    await post(`${one.url}/api/pools/default/pause`, {});
    for (let n = 0; n < 6; n++) await send(other.url, receipt);
    assert.deepEqual(await queue(), [6, 0, 0, 0]);
    await post(`${other.url}/api/pools/default/resume`, {});
    await eventually(async () => String(await queue()) === '2,4,0,0' || undefined);
    const worker = await system.startWorker(oneSlot);
    for (const pid of descendantsOf(worker.pid)) process.kill(pid, 'SIGSTOP');
    await eventually(async () => String(await queue()) === '1,4,1,1' || undefined);
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
