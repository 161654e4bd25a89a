// `waiting → dispatched`: what the broker is told about. A window, not everything: what waits
// in the ledger can still be reordered, and a long queue in the broker helps nobody.
import type { Database, Queryable } from '../database.ts';
import { isPausedSql } from '../switches/switches.ts';

/** Enough for the broker's message; the rest stays in the ledger. */
export interface DispatchedTask {
  readonly id: string;
  readonly dispatch: number;
  readonly upload_id: string;
  readonly request_id: string;
  readonly traceparent: string | null;
  /** Seconds since it was due; absent where the window held it back. */
  readonly lag?: number;
}

export interface DispatchWindow {
  /** Tasks that may be dispatched and unclaimed at once; undefined: twice the live slots, at least four. */
  readonly size: number | 'all' | undefined;
}

/**
 * Marks up to the window's worth of due tasks of a pool as dispatched, in order, for the caller to publish: none
 * while an operator has paused the pool or all of them.
 */
export async function dispatchTasks(
  db: Database,
  pool: string,
  { size }: DispatchWindow,
): Promise<DispatchedTask[]> {
  return db.transaction(async (tx) => {
    // One at a time for each pool, or two gateways would fill the same window twice.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('dispatch:' || $1, 0))`, [pool]);
    const free = await freeInWindow(tx, pool, size);
    if (free <= 0) return [];
    const tasks = await tx.query<DispatchedTask>(dispatchSql, [pool, free]);
    return tasks.length < free ? tasks : tasks.map(({ lag: _, ...task }) => task);
  });
}

/** Reads as many entries of one index as it dispatches, however much waits. */
export const dispatchSql = `
  with due as (
    select id, upload_id, greatest(run_at, created_at) as due_at from tasks
     where pool = $1 and status = 'waiting' and run_at <= now()
       and not ${isPausedSql}
     order by order_at, id limit $2
     for update skip locked
  ), told as (
    update tasks set status = 'dispatched', dispatch = dispatch + 1, dispatched_at = now()
      from due where tasks.id = due.id
    returning tasks.id, tasks.upload_id, tasks.dispatch, tasks.order_at, due.due_at
  )
  select told.id, told.dispatch, told.upload_id, uploads.request_id, uploads.traceparent, extract(epoch from now() - told.due_at)::float8 as lag
    from told join uploads on uploads.id = told.upload_id
   order by told.order_at, told.id`;

/** At once, where there is no window: as many may mean that there are more. */
export const dispatchBatch = 1_000;

async function freeInWindow(
  tx: Queryable,
  pool: string,
  size: DispatchWindow['size'],
): Promise<number> {
  if (size === 'all') return dispatchBatch;
  const [counts] = await tx.query<{ dispatched: number; slots: number }>(
    `select (select count(*) from tasks where pool = $1 and status = 'dispatched') as dispatched,
            (select coalesce(sum(slots), 0) from workers
              where pool = $1 and state = 'active' and heartbeat_at > now() - interval '15 seconds') as slots`,
    [pool],
  );
  if (!counts) return 0;
  return (size ?? Math.max(4, 2 * counts.slots)) - counts.dispatched;
}
