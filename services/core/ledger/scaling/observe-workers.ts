import type { Queryable } from '../database.ts';

export interface ObservedWorker {
  readonly id: string;
  /** The pod's in a cluster. */
  readonly name: string;
  readonly slots: number;
  /** Tasks that it holds now, by the ledger: never less than what it would lose. */
  readonly busy: number;
  readonly state: 'active' | 'draining';
  readonly drainOwner: string | null;
  /** Null: nobody drains it. Below 0: its next heartbeat ends the drain. */
  readonly drainSecondsLeft: number | null;
  /** Since then it holds nothing and claims nothing. */
  readonly drainedAt: Date | null;
  readonly heartbeatAgeSeconds: number;
  readonly startedAt: Date;
}

/** Workers of a pool that have not stopped, oldest first. One that was killed is among them until its heartbeat is missed. */
export async function observeWorkers(db: Queryable, pool: string): Promise<ObservedWorker[]> {
  return db.query<ObservedWorker>(
    `select id, name, slots, state, drain_owner as "drainOwner", extract(epoch from drain_until - now())::float8 as "drainSecondsLeft",
            drained_at as "drainedAt", started_at as "startedAt",
            extract(epoch from now() - heartbeat_at)::float8 as "heartbeatAgeSeconds",
            (select count(*) from tasks where worker_id = workers.id and status = 'running') as busy
       from workers where pool = $1 and state <> 'stopped' order by started_at, id`,
    [pool],
  );
}
