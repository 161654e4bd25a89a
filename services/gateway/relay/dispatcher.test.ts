// What is dispatched, and what becomes of it when the broker forgets or is away.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Registry } from 'prom-client';
import type { Broker, Delivery, TaskMessage } from '#core/broker/broker.ts';
import { createPostgresBroker } from '#core/broker/postgres/broker.ts';
import { readDepth } from '#core/ledger/tasks/depth.ts';
import { createWaker } from '#core/ledger/wake.ts';
import { noTracing } from '#core/tracing.ts';
import { happened } from '../../testing/happened.ts';
import { activeWorker, claimAs, openTestLedger, pool, uploaded } from '../../testing/ledger.ts';
import { silentLog } from '../../testing/log.ts';
import { parseExposition } from '../../testing/metrics.ts';
import { startProxy, targetOf, through } from '../../testing/proxy.ts';
import { type DispatchMetrics, gatewayMetrics } from '../metrics.ts';
import { startDispatcher } from './dispatcher.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let registry: Registry;
let metrics: DispatchMetrics;
let closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  ledger = await openTestLedger();
  registry = new Registry();
  metrics = gatewayMetrics(registry).dispatch;
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
  await ledger.close();
});

function openBroker(url = ledger.url): Broker {
  const broker = createPostgresBroker({ database: { url, name: 'broker' }, log: silentLog });
  closing.push(() => broker.close());
  return broker;
}

function dispatching(
  broker: Broker,
  { size = 'all' as number | 'all', enabled = () => true as boolean } = {},
): void {
  const dispatcher = startDispatcher({
    db: ledger.db,
    database: { url: ledger.url, name: 'dispatcher' },
    broker,
    pools: [pool],
    window: { size },
    enabled,
    metrics,
    tracing: noTracing,
    random: Math.random,
    log: silentLog,
  });
  closing.push(() => dispatcher.stop());
}

/** Uploads that wait to be read, and the wake-up that goes with them. */
async function waiting(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await uploaded(ledger.db);
  createWaker(ledger.db).dispatch();
}

/** Takes everything and acknowledges it; what came, in its order. */
async function receiving(broker: Broker): Promise<TaskMessage[]> {
  const received: TaskMessage[] = [];
  await broker.consume(pool, { prefetch: 10 }, (delivery) => {
    received.push(delivery.message);
    void delivery.ack();
  });
  return received;
}

const counted = async (name: string) =>
  parseExposition(await registry.metrics()).value(name, { pool });
const idsOf = (messages: readonly TaskMessage[]) => new Set(messages.map((one) => one.task_id));
const tasks = () =>
  ledger.db.query<{ id: string; status: string; dispatch: number }>(
    'select id, status, dispatch from tasks order by id',
  );

describe('a broker that was wiped', () => {
  test('is filled again under a higher dispatch number, by the same process', async () => {
    const broker = openBroker();
    dispatching(broker);
    await waiting(3);
    await happened(async () => (await broker.counts(pool)).ready === 3);
    await ledger.db.query('truncate broker_messages, broker_consumers');
    await happened(async () => (await broker.counts(pool)).ready === 3);
    const received = await receiving(openBroker());
    await happened(() => received.length >= 3);
    assert.deepEqual(
      received.map((message) => message.dispatch),
      [2, 2, 2],
    );
    assert.deepEqual(idsOf(received), new Set((await tasks()).map((task) => task.id)));
    assert.equal(await counted('cricksy_ocr_dispatched_tasks_total'), 6);
    assert.equal(await counted('cricksy_ocr_redispatched_tasks_total'), 3);
  });

  test('is not filled again with what is being read', async () => {
    const broker = openBroker();
    dispatching(broker);
    await waiting(2);
    // The ledger says it before the broker has it.
    await happened(async () => (await broker.counts(pool)).ready === 2);
    const worker = await activeWorker(ledger.db);
    const [first, second] = await tasks();
    assert.ok(first && second);
    assert.equal((await claimAs(ledger.db, worker, first)).kind, 'claimed');
    await ledger.db.query('truncate broker_messages');
    await happened(async () => (await broker.counts(pool)).ready === 1);
    const received = await receiving(openBroker());
    await happened(() => received.length > 0);
    assert.deepEqual(idsOf(received), new Set([second.id]));
    assert.deepEqual((await tasks())[0], { id: first.id, status: 'running', dispatch: 1 });
  });
});

describe('a broker that is away', () => {
  test('leaves tasks waiting in the ledger, and gets each once when it is back', async () => {
    const proxy = await startProxy(targetOf(ledger.url));
    closing.push(() => proxy.close());
    const received = await receiving(openBroker());
    proxy.set('refuse');
    dispatching(openBroker(through(proxy, ledger.url)));
    await waiting(3);
    // Tried, and taken back.
    await happened(async () =>
      (await tasks()).every((task) => task.status === 'waiting' && task.dispatch > 0),
    );
    const { waiting: held, dispatched } = await readDepth(ledger.db, pool);
    assert.deepEqual([held, dispatched, received.length], [3, 0, 0]);
    proxy.set('forward');
    await happened(() => received.length >= 3);
    assert.equal(idsOf(received).size, 3);
    const current = new Map((await tasks()).map((task) => [task.id, task.dispatch]));
    for (const { task_id, dispatch } of received) assert.equal(current.get(task_id), dispatch);
    assert.ok(((await counted('cricksy_ocr_publish_failures_total')) ?? 0) > 0);
    await happened(async () => (await counted('cricksy_ocr_dispatched_tasks_total')) === 3);
  });
});

describe('the window', () => {
  test('is never passed by two gateways that fill it while workers empty it', async () => {
    const [size, count] = [3, 40];
    for (const _gateway of [1, 2]) dispatching(openBroker(), { size });
    const worker = await activeWorker(ledger.db);
    const claimed = new Set<string>();
    const waker = createWaker(ledger.db);
    const take = async ({ message, ack }: Delivery) => {
      const task = { id: message.task_id, dispatch: message.dispatch };
      if ((await claimAs(ledger.db, worker, task)).kind === 'claimed') claimed.add(task.id);
      await ack();
      waker.dispatch();
    };
    await openBroker().consume(pool, { prefetch: 2 }, (delivery) => void take(delivery));
    const seen: number[] = [];
    const watching = happened(async () => {
      seen.push((await readDepth(ledger.db, pool)).dispatched);
      return claimed.size === count;
    });
    await waiting(count);
    await watching;
    assert.equal(Math.max(...seen), size);
    const lagging = (await counted('cricksy_ocr_relay_lag_seconds_count')) ?? 0;
    assert.ok(lagging < count, 'what the window holds back is no lag of the relay');
  });
});

describe('OCR that is switched off', () => {
  test('keeps uploads waiting, and reads them when it is switched on', async () => {
    const ocr = { enabled: false };
    const broker = openBroker();
    let asked = 0;
    dispatching(broker, {
      enabled: () => {
        asked += 1;
        return ocr.enabled;
      },
    });
    await waiting(2);
    const before = asked;
    createWaker(ledger.db).dispatch();
    await happened(() => asked > before);
    assert.ok((await tasks()).every((task) => task.status === 'waiting' && task.dispatch === 0));
    assert.equal((await broker.counts(pool)).ready, 0);
    ocr.enabled = true;
    await happened(async () => (await broker.counts(pool)).ready === 2);
  });
});
