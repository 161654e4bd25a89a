// Sending with a confirm: a message counts as published when the broker has taken it, and
// a task's message only when a queue has it. One that comes back found no queue: the queue is
// declared (it is new, was deleted, or the broker was wiped) and the message sent again.
import { randomUUID } from 'node:crypto';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { Log } from '../../log.ts';
import type { TaskMessage } from '../broker.ts';
import { type Connection, unavailable, within } from './connection.ts';
import { controlExchange, declareQueue, queueName } from './queue.ts';

export interface Publisher {
  /** Part of the connection's setup. */
  begin(model: ChannelModel): Promise<void>;
  publish(pool: string, messages: readonly TaskMessage[]): Promise<void>;
  send(exchange: string, key: string, type: string, text: string): Promise<void>;
  ping(): Promise<void>;
}

/** A quorum that has lost its majority takes messages and confirms none. */
const confirmMs = 5_000;
const pingMs = 1_500;

export function createPublisher(deps: {
  readonly connection: () => Connection;
  /** The queue of the pool was not there, and is now. */
  readonly onDeclared: (pool: string) => Promise<void>;
  readonly log: Log;
}): Publisher {
  const returned = new Set<string>();
  let channel: ConfirmChannel | undefined;

  const current = async (): Promise<ConfirmChannel> => {
    await deps.connection().open();
    if (!channel) throw unavailable('the broker connection was lost');
    return channel;
  };

  const confirmed = (
    to: ConfirmChannel,
    address: { exchange: string; key: string },
    content: string,
    options: { type: string; messageId?: string; mandatory?: boolean; persistent?: boolean },
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      to.publish(address.exchange, address.key, Buffer.from(content), options, (error) =>
        error ? reject(error) : resolve(),
      );
    });

  /** Resolves with those that no queue took. */
  const sendAll = async (to: ConfirmChannel, pool: string, messages: readonly TaskMessage[]) => {
    const address = { exchange: '', key: queueName(pool) };
    const sent = messages.map(async (message) => {
      const messageId = randomUUID();
      const options = { type: 'task', messageId, mandatory: true, persistent: true };
      await confirmed(to, address, JSON.stringify(message), options);
      // Its return comes before its confirm.
      return returned.delete(messageId) ? [message] : [];
    });
    return (await Promise.all(sent)).flat();
  };

  const publish = async (pool: string, messages: readonly TaskMessage[]) => {
    const to = await current();
    const homeless = await sendAll(to, pool, messages);
    if (homeless.length === 0) return;
    await declareQueue(to, pool);
    await deps.onDeclared(pool);
    const still = await sendAll(to, pool, homeless);
    if (still.length > 0) throw unavailable('the broker has no queue for the messages');
  };

  return {
    async begin(model) {
      const fresh = await model.createConfirmChannel();
      fresh
        .on('return', ({ properties }) => void returned.add(properties.messageId))
        .on('error', (error) => deps.log.warn({ error }, 'channel for sending failed'))
        .on('close', () => {
          if (channel !== fresh) return;
          channel = undefined;
          returned.clear();
          deps.connection().renew(model);
        });
      await fresh.assertExchange(controlExchange, 'fanout', { durable: true });
      channel = fresh;
    },
    publish: (pool, messages) => within(confirmMs, publish(pool, messages)),
    send(exchange, key, type, text) {
      const sending = async () => confirmed(await current(), { exchange, key }, text, { type });
      return within(confirmMs, sending());
    },
    ping() {
      const asking = async () =>
        (await current()).assertExchange(controlExchange, 'fanout', { durable: true });
      return within(pingMs, asking()).then(() => undefined);
    },
  };
}
