// Takes tasks back whose lease has ended. After an outage of the ledger nobody could renew, so
// leases that ended meanwhile prove nothing: the reaper then waits one lease.
import type { Database } from '#core/ledger/database.ts';
import { reapTasks } from '#core/ledger/tasks/reap.ts';
import { databaseUptimeMs } from '#core/ledger/uptime.ts';
import type { Log } from '#core/log.ts';

export function createReaper(deps: {
  readonly db: Database;
  readonly leaseMs: number;
  readonly wake: { dispatch(): void; events(): void };
  /** Counts attempts taken from workers that are gone. */
  readonly onLost: (attempts: number) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}): () => Promise<void> {
  // This process may have started because the outage ended.
  let holdUntil = deps.now() + deps.leaseMs;
  return async () => {
    try {
      if ((await databaseUptimeMs(deps.db)) < deps.leaseMs || deps.now() < holdUntil) return;
      const reaped = await reapTasks(deps.db, 'lease-ended');
      if (reaped === 0) return;
      deps.onLost(reaped);
      deps.log.warn({ tasks: reaped }, 'took back tasks of lost workers');
      deps.wake.dispatch();
      deps.wake.events();
    } catch (error) {
      holdUntil = deps.now() + deps.leaseMs;
      throw error;
    }
  };
}
