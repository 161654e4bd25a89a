// One connection to RabbitMQ that amqplib makes again whenever it breaks. Channels, queues and
// consumers are made in `setup` each time; nothing of an old connection is used on a new one.
// A channel that breaks alone takes its connection with it: there is one way back, not two.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';
import { ConfigError } from '../../config.ts';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { connectOptions, type RabbitmqSettings, refusalOf, socketOptions } from './settings.ts';

export interface Connection {
  /** The open connection. Waits a moment for one that is being made, then throws `broker.unavailable`. */
  open(): Promise<ChannelModel>;
  /** Given up by whoever found it broken: another one is made. Old ones are ignored. */
  renew(model: ChannelModel): void;
  /** Resolves after the first attempt, successful or not; rejects when the broker refuses us. */
  readonly tried: Promise<void>;
  /** Resolves when those who lost the broker together with us have had the time to come back too. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Short even after a long outage: a try costs little, a redelivery asks whether its holder is back. */
const recovery = { initialDelay: 100, maxDelay: 1_000, factor: 2, jitter: 0.5 };
/** Until the slowest has waited its delay and made its connection. */
const settleMs = 1_500;
/** What a caller waits for a connection that is being made. */
const patienceMs = 1_000;
const setupMs = 10_000;
const closeMs = 2_000;

export function openConnection(deps: {
  readonly settings: RabbitmqSettings;
  /** Shown in RabbitMQ's lists. */
  readonly name: string;
  readonly setup: (model: ChannelModel) => Promise<void>;
  readonly log: Log;
}): Connection {
  const { settings, name, log } = deps;
  const tried = Promise.withResolvers<void>();
  tried.promise.catch(() => undefined);
  let next = Promise.withResolvers<ChannelModel>();
  let current: ChannelModel | undefined;
  let settlesAt = 0;
  let outages = 0;
  let isDown = true;
  let blocked: string | undefined;

  const setup = async (model: ChannelModel) => {
    // Until it is done amqplib listens to nothing, and an unheard error ends a process.
    model.on('error', (error) => log.debug({ error, name }, 'broker connection failed'));
    blocked = undefined;
    await within(setupMs, deps.setup(model));
  };

  const opening = connect(connectOptions(settings), {
    ...socketOptions(settings, name),
    recovery: { ...recovery, waitForConnect: false, setup },
  }).then((connection) =>
    connection
      .on('connect', (model) => {
        current = model;
        isDown = false;
        if (outages > 0) settlesAt = performance.now() + settleMs;
        log.info({ name, host: settings.host }, 'connected to the broker');
        next.resolve(model);
        tried.resolve();
      })
      .on('connect-failed', (error) => {
        const refusal = refusalOf(error, settings);
        if (refusal) tried.reject(new ConfigError([refusal]));
        else tried.resolve();
        if (!isDown || outages === 0) log.warn({ error, name, refusal }, 'no broker, still trying');
        if (outages === 0) outages = 1;
        isDown = true;
      })
      .on('disconnect', (error) => {
        current = undefined;
        next = Promise.withResolvers();
        outages += 1;
        log.warn({ error, name }, 'broker connection lost');
      })
      .on('blocked', (reason) => {
        blocked = reason;
        log.warn({ reason, name }, 'the broker takes nothing for now');
      })
      .on('unblocked', () => {
        blocked = undefined;
      })
      // 'disconnect' follows and says the same.
      .on('error', () => undefined),
  );

  return {
    async open() {
      const model = await within(patienceMs, next.promise);
      if (blocked !== undefined) throw unavailable(`the broker takes nothing: ${blocked}`);
      return model;
    },
    renew(model) {
      // Not at once: a connection that ends tells its channels before itself.
      setImmediate(() => {
        if (model === current) model.close().catch(() => undefined);
      });
    },
    tried: tried.promise,
    async settled() {
      await sleep(Math.max(0, settlesAt - performance.now()));
    },
    async close() {
      const connection = await opening;
      await Promise.race([connection.close(), sleep(closeMs, undefined, { ref: false })]);
    },
  };
}

/** Whatever goes wrong, or takes longer, is `broker.unavailable`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = sleep(ms, undefined, { signal: done.signal }).then(() => {
    throw unavailable(`the broker did not answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw unavailable('the broker does not answer', cause);
  } finally {
    done.abort();
  }
}

export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('broker.unavailable', message, { cause });
}
