// Numbers committed events, while this gateway holds the lock; the others try for it each
// second and take over when its holder's connection ends.
import { coalesce } from '#core/coalesce.ts';
import type { Queryable } from '#core/ledger/database.ts';
import {
  type PlacedEvent,
  sequenceBatch,
  sequenceEvents,
  sequencerLock,
} from '#core/ledger/events/sequence-events.ts';
import { channels } from '#core/ledger/wake.ts';
import type { Log } from '#core/log.ts';
import { wakeUpPace } from '#core/pace.ts';
import type { DatabaseOptions } from '#core/postgres/connection.ts';
import { listen } from '#core/postgres/listen.ts';

export interface Sequencer {
  /** Events may have been committed. */
  wake(): void;
  /** Whether this gateway has the lock, as far as it knows. */
  holds(): boolean;
  stop(): Promise<void>;
}

/** Behind the wake-ups of the holder, and between two tries of the others. */
const tickMs = 1_000;

export function startSequencer(deps: {
  readonly database: DatabaseOptions;
  /** Called with the events that were given positions. */
  readonly onPositions: (placed: readonly PlacedEvent[]) => void;
  readonly random: () => number;
  readonly log: Log;
}): Sequencer {
  let connection: Queryable | undefined;
  let holds = false;

  const runOnce = async () => {
    const on = connection;
    if (!on) return;
    try {
      holds ||= await acquire(on);
      if (!holds) return;
      for (let more = sequenceBatch; more === sequenceBatch; ) {
        const placed = await sequenceEvents(on);
        more = placed.length;
        if (more > 0) deps.onPositions(placed);
      }
    } catch (error) {
      if (on === connection) deps.log.warn({ error }, 'events could not be sequenced');
    }
  };

  const acquire = async (on: Queryable): Promise<boolean> => {
    const [row] = await on.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
      sequencerLock,
    ]);
    if (row?.held) deps.log.info({}, 'this gateway sequences events');
    return row?.held ?? false;
  };

  const { wake, done } = coalesce(runOnce, wakeUpPace);
  const timer = setInterval(wake, tickMs);
  const listener = listen({
    ...deps,
    handlers: { [channels.events]: wake },
    onConnected(fresh) {
      connection = fresh;
      holds = false;
      wake();
    },
    onLost() {
      connection = undefined;
      holds = false;
    },
  });
  return {
    wake,
    holds: () => holds,
    async stop() {
      clearInterval(timer);
      await done();
      await listener.stop();
    },
  };
}
