// What every broker promises, as tests that each implementation runs.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, ControlCommand, Delivery, TaskMessage } from './broker.ts';

export interface BrokerUnderTest {
  open(): Broker;
  /** Another process that takes one message of `pool`, tells so by IPC, and keeps it. */
  forkHolder(pool: string): ChildProcess;
  /** Cuts every connection from the server's side. */
  cutConnections(): Promise<void>;
  /** One that cannot be reached. */
  openUnreachable(): Broker;
}

export function brokerContract(name: string, under: BrokerUnderTest): void {
  suite(name, () => {
    const opened: Broker[] = [];
    const open = () => {
      const broker = under.open();
      opened.push(broker);
      return broker;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((broker) => broker.close()));
    });

    test('a message is delivered as it was published, once', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const inbox = await collect(broker, pool, 5);
      const sent = message({
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      });
      await broker.publish(pool, [sent]);
      const delivery = await inbox.next();
      assert.deepEqual(delivery.message, sent);
      assert.equal(delivery.redelivered, false);
      await delivery.ack();
      await sleep(300);
      assert.equal(inbox.waiting(), 0);
      assert.deepEqual(await broker.counts(pool), { ready: 0, consumers: 1 });
    });

    test('messages published before anybody consumes wait, and come oldest first', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const sent = [1, 2, 3, 4, 5].map((dispatch) => message({ dispatch }));
      await broker.publish(pool, sent.slice(0, 3));
      await broker.publish(pool, sent.slice(3));
      assert.equal((await broker.counts(pool)).ready, 5);
      const inbox = await collect(broker, pool, 5);
      for (const { dispatch } of sent) {
        const delivery = await inbox.next();
        assert.equal(delivery.message.dispatch, dispatch);
        await delivery.ack();
      }
    });

    test('no more than `prefetch` are open at once', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const inbox = await collect(broker, pool, 2);
      await broker.publish(pool, [message(), message(), message()]);
      const first = await inbox.next();
      await inbox.next();
      await sleep(300);
      assert.equal(inbox.waiting(), 0);
      assert.deepEqual(await broker.counts(pool), { ready: 1, consumers: 1 });
      await first.ack();
      await inbox.next();
    });

    test('what is given back is delivered again, marked as such', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const inbox = await collect(broker, pool, 1);
      await broker.publish(pool, [message()]);
      const first = await inbox.next();
      await first.giveBack();
      const again = await inbox.next();
      assert.deepEqual(again.message, first.message);
      assert.equal(again.redelivered, true);
      await again.ack();
    });

    test('pools do not mix', async () => {
      const broker = open();
      const [one, other] = [randomUUID(), randomUUID()];
      const inbox = await collect(broker, one, 5);
      await broker.publish(other, [message()]);
      const mine = message();
      await broker.publish(one, [mine]);
      assert.deepEqual((await inbox.next()).message, mine);
      await sleep(200);
      assert.equal(inbox.waiting(), 0);
    });

    test('several consumers share the messages, none twice', async () => {
      const [left, right, pool] = [open(), open(), randomUUID()];
      const inboxes = [await collect(left, pool, 3), await collect(right, pool, 3)];
      const sent = Array.from({ length: 40 }, () => message());
      await left.publish(pool, sent);
      const seen: string[] = [];
      const drain = async (inbox: Inbox) => {
        while (seen.length < sent.length) {
          const delivery = await Promise.race([inbox.next(), sleep(1_000)]);
          if (!delivery) return;
          seen.push(delivery.message.task_id);
          await delivery.ack();
        }
      };
      await Promise.race([
        Promise.all(inboxes.map(drain)),
        until(() => seen.length >= sent.length),
      ]);
      assert.equal(seen.length, sent.length);
      assert.deepEqual(new Set(seen), new Set(sent.map((one) => one.task_id)));
    });

    test('a stopped consumer takes nothing more and may still end what it has', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const inbox = await collect(broker, pool, 5);
      await broker.publish(pool, [message()]);
      const delivery = await inbox.next();
      await inbox.stop();
      await broker.publish(pool, [message()]);
      await sleep(300);
      assert.equal(inbox.waiting(), 0);
      await delivery.ack();
      await sleep(300);
      assert.deepEqual(await broker.counts(pool), { ready: 1, consumers: 0 });
    });

    test('what a killed process held is delivered to another within seconds', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const sent = message();
      await broker.publish(pool, [sent]);
      const holder = under.forkHolder(pool);
      await once(holder, 'message');
      const inbox = await collect(broker, pool, 1);
      await sleep(300);
      assert.equal(inbox.waiting(), 0, 'its holder lives');
      const killed = performance.now();
      holder.kill('SIGKILL');
      const delivery = await inbox.next();
      assert.deepEqual([delivery.message, delivery.redelivered], [sent, true]);
      assert.ok(performance.now() - killed < 5_000);
    });

    test('close gives back what is open', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const inbox = await collect(broker, pool, 1);
      await broker.publish(pool, [message()]);
      await inbox.next();
      await broker.close();
      const other = await collect(open(), pool, 1);
      assert.equal((await other.next()).redelivered, true);
    });

    test('a cut connection is made again; nothing is lost, an old delivery settles nothing', async () => {
      const [broker, pool] = [open(), randomUUID()];
      const inbox = await collect(broker, pool, 2);
      await broker.publish(pool, [message({ dispatch: 1 })]);
      const old = await inbox.next();
      await under.cutConnections();
      const again = await inbox.next();
      assert.deepEqual([again.message, again.redelivered], [old.message, true]);
      await old.ack();
      await broker.publish(pool, [message({ dispatch: 2 })]);
      const second = await inbox.next();
      assert.equal(second.message.dispatch, 2);
      await second.ack();
      await broker.close();
      const left = await collect(open(), pool, 2);
      assert.equal((await left.next()).message.dispatch, 1);
      await sleep(300);
      assert.equal(left.waiting(), 0);
    });

    test('commands reach every process, replies come back to the one that asked', async () => {
      const brokers = [open(), open(), open()];
      const heard: ControlCommand[] = [];
      for (const [index, broker] of brokers.entries()) {
        await broker.onControl((command) => {
          heard.push(command);
          if ('worker_id' in command && command.worker_id !== `w${index}`) return undefined;
          return command.command === 'ping' ? { worker_id: `w${index}` } : undefined;
        });
      }
      const asker = open();
      const one = await asker.request(
        { command: 'ping', worker_id: 'w1' },
        { waitMs: 5_000, replies: 1 },
      );
      assert.deepEqual(one, [{ worker_id: 'w1' }]);
      const none = await asker.request(
        { command: 'ping', worker_id: 'w9' },
        { waitMs: 200, replies: 1 },
      );
      assert.deepEqual(none, []);
      heard.length = 0;
      await asker.broadcast({ command: 'cancel', upload_id: 'u' });
      await until(() => heard.length === 3);
      assert.deepEqual(heard, Array(3).fill({ command: 'cancel', upload_id: 'u' }));
    });

    test('a broker that cannot be reached says so', async () => {
      const broker = under.openUnreachable();
      await assert.rejects(broker.publish('any', [message()]), { code: 'broker.unavailable' });
      await assert.rejects(broker.ping(), { code: 'broker.unavailable' });
      await broker.close();
    });
  });
}

function message(changes: Partial<TaskMessage> = {}): TaskMessage {
  return { task_id: randomUUID(), dispatch: 1, traceparent: undefined, ...changes };
}

interface Inbox {
  /** The next delivery; throws when none comes within ten seconds. */
  next(): Promise<Delivery>;
  waiting(): number;
  stop(): Promise<void>;
}

async function collect(broker: Broker, pool: string, prefetch: number): Promise<Inbox> {
  const deliveries: Delivery[] = [];
  const consumer = await broker.consume(pool, { prefetch }, (delivery) =>
    deliveries.push(delivery),
  );
  return {
    async next() {
      await until(() => deliveries.length > 0);
      const [first] = deliveries.splice(0, 1);
      assert.ok(first);
      return first;
    },
    waiting: () => deliveries.length,
    stop: () => consumer.stop(),
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !condition(); await sleep(5)) {
    assert.ok(performance.now() < end, 'it did not happen within ten seconds');
  }
}
