// One connection of its own that LISTENs: it must not go through a transaction pooler, it is
// made again when it breaks, and whoever listens is told to catch up on what was missed. A quiet
// connection cannot be told from a dead one, so it is asked now and then.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { connectionSettings, type DatabaseOptions } from './connection.ts';
import { prepared } from './prepared.ts';

/** Runs SQL on the very connection that listens: what it locks is held as long as it lives. */
export interface ListeningConnection {
  query<T = unknown>(sql: string, values?: readonly unknown[]): Promise<T[]>;
}

export interface ListenOptions {
  readonly database: DatabaseOptions;
  readonly handlers: Readonly<Record<string, (payload: string) => void>>;
  /** Called after each connect, when notifications arrive again; what was missed is read here. */
  readonly onConnected?: (connection: ListeningConnection) => void | Promise<void>;
  readonly onLost?: () => void;
  /** In [0, 1): spreads reconnects. */
  readonly random: () => number;
  readonly log: Log;
}

export interface Listener {
  /** Resolves when it listens for the first time. */
  readonly listening: Promise<void>;
  stop(): Promise<void>;
}

const longestDelayMs = 5_000;
/** Between two questions whether the server is still there, and how long it may take to answer. */
const askEveryMs = 10_000;
const answerMs = 10_000;
/** The other way round: seconds after which the server drops a vanished client and its locks. */
const keepalive = `select set_config('tcp_keepalives_idle', '10', false),
  set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)`;

export function listen(options: ListenOptions): Listener {
  const { log } = options;
  let stopped = false;
  let client: pg.Client | undefined;
  const { promise: listening, resolve: heard } = Promise.withResolvers<void>();
  const { promise: stopping, resolve: stopNow } = Promise.withResolvers<void>();

  const loop = async () => {
    for (let delay = 50; !stopped; delay = Math.min(delay * 2, longestDelayMs)) {
      try {
        await listenUntilLost(() => {
          delay = 50;
          heard();
        });
        if (!stopped) log.warn({}, 'listening connection lost');
      } catch (error) {
        if (!stopped) log.warn({ error }, 'cannot listen, trying again');
      }
      options.onLost?.();
      if (!stopped) await Promise.race([sleep(delay * (0.5 + options.random() / 2)), stopping]);
    }
  };

  const listenUntilLost = async (onListening: () => void): Promise<void> => {
    const settings = connectionSettings(options.database);
    const fresh = new pg.Client({ ...settings, query_timeout: answerMs });
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    fresh.on('error', () => end());
    fresh.on('end', () => end());
    fresh.on('notification', ({ channel, payload }) => {
      options.handlers[channel]?.(payload ?? '');
    });
    client = fresh;
    const asking = setInterval(() => void fresh.query('select 1').catch(() => end()), askEveryMs);
    try {
      // The driver never settles a connect that was ended meanwhile.
      await Promise.race([fresh.connect(), stopping]);
      await fresh.query(keepalive);
      for (const channel of Object.keys(options.handlers)) await fresh.query(`listen ${channel}`);
      await options.onConnected?.(queryable(fresh));
      onListening();
      await ended;
    } finally {
      clearInterval(asking);
      await fresh.end().catch(() => undefined);
    }
  };

  const running = loop();
  return {
    listening,
    async stop() {
      stopped = true;
      stopNow();
      heard();
      await client?.end().catch(() => undefined);
      await running;
    },
  };
}

function queryable(client: pg.Client): ListeningConnection {
  return {
    async query<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
      return (await client.query(prepared(sql, values))).rows as T[];
    },
  };
}
