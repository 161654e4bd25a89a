// What there is to decide from: the work by the ledger, the workers by the ledger and by who has
// started them.
import { overdueMs } from '#core/domain/lease.ts';
import type { Queryable } from '#core/ledger/database.ts';
import { drainOwner } from '#core/ledger/scaling/epoch.ts';
import { observeWork } from '#core/ledger/scaling/observe-work.ts';
import { type ObservedWorker, observeWorkers } from '#core/ledger/scaling/observe-workers.ts';
import { readDepth } from '#core/ledger/tasks/depth.ts';
import type { Observation } from '../../controller/policy/types.ts';
import type { WorkerProcess } from './plan.ts';

/** Arrivals are those of as many seconds: people at a laptop come in bursts, not at a rate. */
const arrivalsSeconds = 20;

export interface Sight {
  readonly observation: Observation;
  readonly processes: readonly WorkerProcess[];
  /** Nothing is there to be read. */
  readonly quiet: boolean;
}

/** Throws when the ledger cannot be asked: then nothing is known, and nothing changes. */
export async function observe(
  db: Queryable,
  now: {
    readonly pool: string;
    readonly names: readonly string[];
    readonly atMs: number;
    readonly learnedUntilMs: number;
  },
): Promise<Sight> {
  const { pool, atMs } = now;
  const work = await observeWork(db, { pool, arrivalsSeconds, endedAfterMs: now.learnedUntilMs });
  const depth = await readDepth(db, pool);
  const rows = new Map((await observeWorkers(db, pool)).map((row) => [row.name, row]));
  const processes = now.names.map((name) => ({ name, seen: seen(rows.get(name)) }));
  const count = (by: NonNullable<WorkerProcess['seen']>['drainedBy']) =>
    processes.filter((one) => one.seen?.drainedBy === by).length;
  const workers = {
    wanted: processes.length,
    ready: count('nobody'),
    starting: processes.filter((one) => one.seen === undefined).length,
    draining: count('us'),
    withdrawn: count('others'),
  };
  return {
    processes,
    quiet: depth.waiting + depth.dispatched + depth.running === 0,
    observation: {
      atMs,
      workers: { value: workers },
      backlog: { value: work.backlog },
      running: { value: work.running },
      arrivals: { value: work.arrivals },
      // A message is a dispatch: the ledger knows them all.
      broker: { value: { ready: depth.dispatched, unacknowledged: depth.running } },
      ended: { value: work.ended },
    },
  };
}

/** One whose heartbeat is overdue is being started again. */
function seen(row: ObservedWorker | undefined): WorkerProcess['seen'] {
  if (!row || row.heartbeatAgeSeconds * 1000 > overdueMs) return undefined;
  const drainedBy =
    row.state === 'active' ? 'nobody' : row.drainOwner === drainOwner ? 'us' : 'others';
  return {
    busy: row.busy,
    drained: row.drainedAt !== null && row.busy === 0,
    drainedBy,
    startedMs: row.startedAt.getTime(),
  };
}
