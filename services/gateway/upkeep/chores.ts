// The chores, in one place: what is tidied up, how often, and by which function.
import type { Database } from '#core/ledger/database.ts';
import { pruneEvents } from '#core/ledger/events/prune-events.ts';
import { pruneKeys } from '#core/ledger/uploads/idempotency.ts';
import { retireSilentWorkers } from '#core/ledger/workers/retire.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';
import { expireUploads } from './expire-uploads.ts';
import { createReaper } from './reaper.ts';
import { retain } from './retention.ts';
import { scanObjects } from './scan-objects.ts';
import type { Chore } from './schedule.ts';
import { sweepObjects } from './sweep-objects.ts';

export interface UpkeepDependencies {
  readonly db: Database;
  readonly objects: Pick<Objects, 'deleteAll' | 'get' | 'put' | 'list'>;
  readonly wake: { dispatch(): void; events(): void };
  readonly onLost: (attempts: number) => void;
  readonly leaseMs: number;
  readonly initiatedExpirySeconds: number;
  /** 0: never. */
  readonly retentionDays: number;
  /** Seconds after which no signed URL of a deleted upload is good any more. */
  readonly objectsDueIn: number;
  /** Seconds for which what no row knows is kept. */
  readonly graceSeconds: number;
  readonly eventDays: number;
  readonly idempotencyDays: number;
  readonly now: () => number;
  readonly log: Log;
}

/** Silent for a minute: far beyond the heartbeat's 5 s and the lease's 30 s. */
const silentSeconds = 60;

export function chores(deps: UpkeepDependencies): Chore[] {
  const { db, eventDays, idempotencyDays } = deps;
  return [
    { name: 'reap', everyMs: 5_000, run: createReaper(deps) },
    { name: 'retire-workers', everyMs: 15_000, run: () => retireSilentWorkers(db, silentSeconds) },
    { name: 'expire-uploads', everyMs: 60_000, run: () => expireUploads(deps) },
    { name: 'retain', everyMs: 60_000, run: () => retain(deps) },
    { name: 'sweep-objects', everyMs: 60_000, run: () => sweepObjects(deps) },
    { name: 'scan-objects', everyMs: 600_000, run: async () => void (await scanObjects(deps)) },
    { name: 'prune-keys', everyMs: 600_000, run: () => pruneKeys(db, { days: idempotencyDays }) },
    { name: 'prune-events', everyMs: 600_000, run: () => pruneEvents(db, { days: eventDays }) },
  ];
}
