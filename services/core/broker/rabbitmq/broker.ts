// The broker on RabbitMQ: a quorum queue for each pool, a fan-out for control commands. Two
// connections, since a broker short of memory or disk stops reading from whoever publishes: what
// is received and acknowledged goes on meanwhile.
// A queue that is deleted and declared again at once may keep its consumers: RabbitMQ (3.10) takes
// it for one whose leader moved, counts them as subscribed, holds messages for them and delivers
// none. They are told nothing; so whoever declares a queue that was gone tells them.
// Deliberately missing: priorities, delays, retries, dead letters. Those are the ledger's.
import { randomUUID } from 'node:crypto';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import type { Log } from '../../log.ts';
import type { Broker } from '../broker.ts';
import { createControl } from '../control.ts';
import { openConnection, unavailable, within } from './connection.ts';
import { createConsumer, type RabbitmqConsumer } from './consumer.ts';
import { createPublisher } from './publisher.ts';
import { controlExchange, countQueue, processQueueName } from './queue.ts';
import type { RabbitmqSettings } from './settings.ts';

export interface RabbitmqBroker extends Broker {
  /** Resolves when the broker was reached or is away for now; rejects with a ConfigError when it refuses us. */
  readonly tried: Promise<void>;
}

const answerMs = 5_000;
const endMs = 1_000;

export function createRabbitmqBroker(deps: {
  readonly settings: RabbitmqSettings;
  /** Shown in RabbitMQ's lists. */
  readonly name: string;
  readonly log: Log;
}): RabbitmqBroker {
  const { settings, name, log } = deps;
  const consumers = new Set<RabbitmqConsumer>();
  let inbox: string | undefined;

  const onDeclared = (pool: string) => publisher.send(controlExchange, '', 'declared', pool);
  const publisher = createPublisher({ connection: () => sending, onDeclared, log });
  const sending = openConnection({
    settings,
    name: `${name} sending`,
    setup: publisher.begin,
    log,
  });

  const listen = async (model: ChannelModel) => {
    const queue = processQueueName(randomUUID());
    const channel = await model.createChannel();
    channel
      .on('error', (error) => log.warn({ error }, 'channel for control failed'))
      .on('close', () => {
        if (inbox === queue) inbox = undefined;
        receiving.renew(model);
      });
    await channel.assertExchange(controlExchange, 'fanout', { durable: true });
    await channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false });
    await channel.bindQueue(queue, controlExchange, '');
    const onMessage = (raw: ConsumeMessage | null) => {
      if (!raw) return receiving.renew(model);
      const text = raw.content.toString();
      if (raw.properties.type === 'declared') return subscribeAnew(model, text);
      control.receive(raw.properties.type === 'reply' ? 'reply' : 'command', text);
    };
    await channel.consume(queue, onMessage, { noAck: true });
    inbox = queue;
  };

  const subscribeAnew = (model: ChannelModel, pool: string) => {
    if (![...consumers].some((consumer) => consumer.pool === pool)) return;
    log.info({ pool, name }, 'a queue was made anew, subscribing again');
    receiving.renew(model);
  };

  const control = createControl({
    async address() {
      await receiving.open();
      await receiving.settled();
      await sending.open();
      if (!inbox) throw unavailable('the broker connection was lost');
      return inbox;
    },
    broadcast: (text) => publisher.send(controlExchange, '', 'command', text),
    reply: (to, text) => publisher.send('', to, 'reply', text),
    mostBytes: Number.POSITIVE_INFINITY,
    newId: randomUUID,
    log,
  });

  const receiving = openConnection({
    settings,
    name: `${name} receiving`,
    async setup(model) {
      await listen(model);
      for (const consumer of consumers) await consumer.begin(model);
    },
    log,
  });

  /** Now if the broker is there, else as soon as it is. */
  const onceOpen = async (work: (model: ChannelModel) => Promise<void>) => {
    const model = await receiving.open().catch(() => undefined);
    if (!model) return;
    try {
      await within(answerMs, work(model));
    } catch (error) {
      log.warn({ error }, 'the broker did not do as asked, connecting anew');
      receiving.renew(model);
    }
  };

  return {
    tried: Promise.all([sending.tried, receiving.tried]).then(() => undefined),
    publish: publisher.publish,
    async consume(pool, { prefetch }, onDelivery) {
      const onLost = receiving.renew;
      const onEnded = () => void consumers.delete(consumer);
      const deps = { pool, prefetch, onDelivery, onLost, onDeclared, onEnded, log };
      const consumer = createConsumer(deps);
      consumers.add(consumer);
      await onceOpen((model) => consumer.begin(model));
      return { stop: consumer.stop };
    },
    async counts(pool) {
      const counting = async () => {
        const channel = await (await receiving.open()).createChannel();
        channel.on('error', () => undefined);
        const found = await countQueue(channel, pool);
        await channel.close().catch(() => undefined);
        return found;
      };
      return within(answerMs, counting());
    },
    broadcast: control.broadcast,
    request: control.request,
    async onControl(handler) {
      control.addHandler(handler);
      await receiving.open().catch(() => undefined);
    },
    ping: publisher.ping,
    async close() {
      const ending = Promise.all([...consumers].map((consumer) => consumer.end()));
      await within(endMs, ending).catch(() => undefined);
      await Promise.all([receiving.close(), sending.close()]);
    },
  };
}
