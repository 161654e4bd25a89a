// The broker on PostgreSQL, for one command on a laptop. A process is a session: one connection
// that LISTENs and holds an advisory lock. Messages are rows stamped with the session that has
// them; when its process dies the server drops the lock and the rows are free again.
// Deliberately missing: priorities, delays, retries. Those are the ledger's.
import { randomInt, randomUUID } from 'node:crypto';
import type { Log } from '../../log.ts';
import type { DatabaseOptions } from '../../postgres/connection.ts';
import { type ListeningConnection, listen } from '../../postgres/listen.ts';
import type { Broker } from '../broker.ts';
import { createControl } from '../control.ts';
import { createConsumer, type PostgresConsumer } from './consumer.ts';
import { createQueue, sessionLocks } from './queue.ts';

const queueChannel = 'cricksy_queue';
const controlChannel = 'cricksy_control';
const replyChannel = 'cricksy_reply';
/** NOTIFY takes less than 8000 bytes. */
const mostBytes = 7_500;
/** A dead process sends no notification: consumers look for what it held. */
const orphanTickMs = 1_000;
/** Behind the notifications, in case one was missed. */
const slowTicks = 10;

export function createPostgresBroker(deps: {
  readonly database: DatabaseOptions;
  readonly log: Log;
}): Broker {
  const { log } = deps;
  const queue = createQueue(deps.database);
  const self = randomUUID();
  const control = createControl({
    async address() {
      await listener.listening;
      return self;
    },
    broadcast: (text) => queue.notify(controlChannel, text),
    reply: (to, text) => queue.notify(replyChannel, `${to} ${text}`),
    mostBytes,
    newId: randomUUID,
    log,
  });
  const consumers = new Set<PostgresConsumer>();
  let session: number | undefined;
  let ticks = 0;
  let closed = false;

  const wakePool = (pool: string) => {
    for (const consumer of consumers) if (consumer.pool === pool) consumer.wake();
  };

  const begin = async (consumer: PostgresConsumer, on: number) => {
    await queue.setConsuming(on, consumer.pool);
    if (on === session) consumer.begin(on);
  };

  const listener = listen({
    database: deps.database,
    random: Math.random,
    log,
    handlers: {
      [queueChannel]: wakePool,
      [controlChannel]: (text) => control.receive('command', text),
      [replyChannel](payload) {
        const to = `${self} `;
        if (payload.startsWith(to)) control.receive('reply', payload.slice(to.length));
      },
    },
    async onConnected(connection) {
      const fresh = await openSession(connection);
      session = fresh;
      for (const consumer of consumers) await begin(consumer, fresh);
    },
    onLost() {
      session = undefined;
    },
  });

  const tick = async () => {
    if (session === undefined || consumers.size === 0) return;
    ticks += 1;
    try {
      for (const pool of await queue.releaseOrphans(session)) {
        wakePool(pool);
        await queue.notify(queueChannel, pool);
      }
    } catch (error) {
      log.debug({ error }, 'orphaned messages could not be looked for');
    }
    if (ticks % slowTicks === 0) for (const consumer of consumers) consumer.wake();
  };
  const timer = setInterval(() => void tick(), orphanTickMs);

  return {
    publish: (pool, messages) => queue.insert(pool, messages, queueChannel),
    async consume(pool, { prefetch }, onDelivery) {
      const wakeOthers = (name: string) => queue.notify(queueChannel, name);
      const consumer = createConsumer({ queue, pool, prefetch, onDelivery, wakeOthers, log });
      consumers.add(consumer);
      await listener.listening;
      if (session !== undefined) await begin(consumer, session);
      return {
        async stop() {
          // Its open deliveries stay valid; they end with the session if nobody ends them.
          consumers.delete(consumer);
          await consumer.stop();
        },
      };
    },
    counts: (pool) => queue.counts(pool),
    broadcast: control.broadcast,
    request: control.request,
    async onControl(handler) {
      control.addHandler(handler);
      await listener.listening;
    },
    async ping() {
      await queue.notify('cricksy_ping', '');
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      for (const consumer of consumers) {
        await consumer.stop();
        await consumer.giveBackAll();
      }
      await listener.stop();
      await queue.close();
    },
  };
}

async function openSession(connection: ListeningConnection): Promise<number> {
  for (;;) {
    const session = randomInt(1, 2 ** 31);
    const [row] = await connection.query<{ free: boolean }>(
      'select pg_try_advisory_lock($1, $2) as free',
      [sessionLocks, session],
    );
    if (row?.free) return session;
  }
}
