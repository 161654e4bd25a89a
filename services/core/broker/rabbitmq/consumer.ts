// Takes the messages of one pool. A delivery belongs to the channel that brought it: when that
// is gone the broker delivers again, and the old one settles nothing.
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Log } from '../../log.ts';
import type { Delivery } from '../broker.ts';
import { declareQueue, parseTask, queueName } from './queue.ts';

export interface RabbitmqConsumer {
  readonly pool: string;
  /** Subscribes on this connection, unless it has. Part of the connection's setup. */
  begin(model: ChannelModel): Promise<void>;
  stop(): Promise<void>;
  /** Gives back what is open; what was settled before is heard by the broker. */
  end(): Promise<void>;
}

export function createConsumer(deps: {
  readonly pool: string;
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** The broker has ended the subscription: the queue was deleted, moved, or a delivery took too long. */
  readonly onLost: (model: ChannelModel) => void;
  /** The queue was gone, and this was the first to declare it again. */
  readonly onDeclared: (pool: string) => Promise<void>;
  /** Stopped, and nothing is open any more. */
  readonly onEnded: () => void;
  readonly log: Log;
}): RabbitmqConsumer {
  const { pool, log } = deps;
  const open = new Set<ConsumeMessage>();
  let begun: ChannelModel | undefined;
  let channel: Channel | undefined;
  let tag: string | undefined;
  let stopped = false;
  let cancelled = false;
  let ended: Promise<void> | undefined;

  const settle = (from: Channel, raw: ConsumeMessage, how: 'ack' | 'nack') => {
    if (!open.delete(raw) || from !== channel) return;
    try {
      from[how](raw, false);
    } catch (error) {
      // The channel has just gone: it will be delivered again and dropped at the claim.
      log.debug({ error }, 'a message could not be settled');
    }
    if (stopped && open.size === 0) void end();
  };

  const end = () => {
    stopped = true;
    ended ??= endChannel();
    return ended;
  };

  const endChannel = async () => {
    const ending = channel;
    channel = undefined;
    try {
      await ending?.close();
    } catch (error) {
      log.debug({ error }, 'a channel ended before it was closed');
    }
    deps.onEnded();
  };

  const accept = (from: Channel, raw: ConsumeMessage) => {
    open.add(raw);
    const message = parseTask(raw.content);
    if (!message) {
      log.error({ pool }, 'dropped a message that is not ours');
      settle(from, raw, 'ack');
    } else if (stopped) {
      settle(from, raw, 'nack');
    } else {
      deps.onDelivery({
        message,
        redelivered: raw.fields.redelivered,
        ack: async () => settle(from, raw, 'ack'),
        giveBack: async () => settle(from, raw, 'nack'),
      });
    }
  };

  const subscribe = async (model: ChannelModel) => {
    const fresh = await model.createChannel();
    fresh
      .on('error', (error) => log.warn({ error, pool }, 'channel for taking work failed'))
      // A message sent just before the broker heard of our stop; it goes back with the channel.
      .on('handler-error', (error) => log.debug({ error, pool }, 'a late delivery'))
      .on('close', () => {
        if (channel !== fresh) return;
        if (stopped) void end();
        else deps.onLost(model);
      });
    open.clear();
    channel = fresh;
    const { consumers } = await declareQueue(fresh, pool);
    await fresh.prefetch(deps.prefetch);
    const onMessage = (raw: ConsumeMessage | null) => {
      if (raw) return accept(fresh, raw);
      log.warn({ pool }, 'the broker ended the subscription');
      cancelled = true;
      deps.onLost(model);
    };
    tag = (await fresh.consume(queueName(pool), onMessage)).consumerTag;
    if (cancelled && consumers === 0) {
      // Lost only with the connection, and then nobody else has kept his either.
      deps.onDeclared(pool).catch((error) => log.debug({ error, pool }, 'nobody was told'));
    }
    cancelled = false;
  };

  return {
    pool,
    async begin(model) {
      if (stopped || begun === model) return;
      begun = model;
      await subscribe(model);
    },
    async stop() {
      stopped = true;
      if (channel && tag) await channel.cancel(tag).catch(() => undefined);
      if (open.size === 0) await end();
    },
    end,
  };
}
