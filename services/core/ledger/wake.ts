// Wake-ups between processes, over NOTIFY. Sent after the commit and coalesced: a NOTIFY inside
// writing transactions takes one lock for the whole server at commit. A lost wake-up costs a
// slow tick, nothing else, so sending never fails.
import { coalesce } from '../coalesce.ts';
import { wakeUpPace } from '../pace.ts';
import type { Queryable } from './database.ts';

export const channels = {
  /** Events were committed that have no position yet. */
  events: 'cricksy_events',
  /** Events have got their positions. */
  positions: 'cricksy_positions',
  /** Tasks wait in the ledger. */
  dispatch: 'cricksy_dispatch',
  /** An operator has switched something. */
  switches: 'cricksy_switches',
  /** A worker has begun, or is drained: who scales may go on. */
  workers: 'cricksy_workers',
  /** Payload: JSON of a progress message; told live, never stored. */
  progress: 'cricksy_progress',
} as const;
export type Channel = (typeof channels)[keyof typeof channels];

export interface Waker {
  events(): void;
  dispatch(): void;
  positions(): void;
  workers(): void;
  /** Not coalesced; the caller limits the rate. At most 8000 bytes. */
  progress(payload: string): void;
}

export function createWaker(db: Queryable): Waker {
  const send = async (channel: Channel, payload: string) => {
    try {
      await db.query('select pg_notify($1, $2)', [channel, payload]);
    } catch {
      // The database is away: whoever would be woken looks by itself when it is back.
    }
  };
  const coalesced = (channel: Channel) => coalesce(() => send(channel, ''), wakeUpPace).wake;
  return {
    events: coalesced(channels.events),
    dispatch: coalesced(channels.dispatch),
    positions: coalesced(channels.positions),
    workers: coalesced(channels.workers),
    progress: (payload) => void send(channels.progress, payload),
  };
}
