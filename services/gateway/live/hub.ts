// Everything that listeners of this gateway are told goes through here once: new events are
// read once, made into text once, and handed to every subscriber, however many there are.
//
// Joining without a gap or a repeat: the hub has a position P up to which it has handed out.
// A subscriber reads the past up to P from the ledger while the hub keeps what comes after P
// for it; then it is given that, and is live.
import { setImmediate as othersTurn } from 'node:timers/promises';
import { coalesce } from '#core/coalesce.ts';
import { encodePosition } from '#core/domain/cursor.ts';
import type { Database } from '#core/ledger/database.ts';
import { readEventLog, readEvents } from '#core/ledger/events/read-events.ts';
import { channels } from '#core/ledger/wake.ts';
import type { Log } from '#core/log.ts';
import type { DatabaseOptions } from '#core/postgres/connection.ts';
import { listen } from '#core/postgres/listen.ts';

export interface LiveText {
  /** Null: of no upload. */
  readonly uploadId: string | null;
  /** Undefined for progress, which has no place in the order and is not kept. */
  readonly position: number | undefined;
  /** JSON, ready to be sent. */
  readonly text: string;
}

export type Subscriber = (message: LiveText) => void;

export interface Hub {
  /** Everything after the returned position reaches `subscriber`; call `leave` when done. */
  join(subscriber: Subscriber): { position: number; leave: () => void };
  subscribers(): number;
  stop(): Promise<void>;
}

const batch = 500;
/** Telling a thousand listeners takes milliseconds: in between requests are answered. */
const longestTurnMs = 10;
/** Behind the notifications, in case one was missed. */
const slowTickMs = 10_000;

export async function startHub(deps: {
  readonly db: Database;
  readonly database: DatabaseOptions;
  readonly random: () => number;
  readonly log: Log;
}): Promise<Hub> {
  const subscribers = new Set<Subscriber>();
  let position = (await readEventLog(deps.db)).last;

  const tell = (message: LiveText) => {
    for (const subscriber of subscribers) subscriber(message);
  };

  const advance = async () => {
    if (subscribers.size === 0) {
      const { last } = await readEventLog(deps.db);
      // Nobody joined meanwhile, so nobody misses what is skipped.
      if (subscribers.size === 0) position = last;
    }
    for (;;) {
      const cursor = encodePosition(position);
      const { events, position: reached } = await readEvents(deps.db, { cursor, limit: batch });
      // Counted up one by one: a subscriber that joins in between gets exactly the rest.
      let turn = performance.now();
      for (const event of events) {
        position += 1;
        tell({ uploadId: event.upload_id, position, text: JSON.stringify(event) });
        if (performance.now() - turn < longestTurnMs) continue;
        await othersTurn();
        turn = performance.now();
      }
      position = reached;
      if (events.length < batch) return;
    }
  };

  const { wake, done } = coalesce(async () => {
    try {
      await advance();
    } catch (error) {
      deps.log.warn({ error }, 'events could not be read');
    }
  });

  const listener = listen({
    ...deps,
    handlers: {
      [channels.positions]: wake,
      [channels.progress]: (payload) => {
        if (subscribers.size > 0) tellProgress(payload, tell);
      },
    },
    onConnected: wake,
  });
  const timer = setInterval(wake, slowTickMs);
  await listener.listening;

  return {
    join(subscriber) {
      subscribers.add(subscriber);
      return { position, leave: () => void subscribers.delete(subscriber) };
    },
    subscribers: () => subscribers.size,
    async stop() {
      clearInterval(timer);
      await listener.stop();
      await done();
    },
  };
}

function tellProgress(payload: string, tell: Subscriber): void {
  const { upload_id } = JSON.parse(payload) as { upload_id: string };
  tell({ uploadId: upload_id, position: undefined, text: payload });
}
