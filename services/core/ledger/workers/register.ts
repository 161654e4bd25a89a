import type { Queryable } from '../database.ts';
import { drainOwner } from '../scaling/epoch.ts';

export interface NewWorker {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly slots: number;
  readonly engine: string;
  readonly version: string;
}

/**
 * Nothing → `active`. From then on the worker may claim, as long as its heartbeat arrives. One that
 * follows a process of the same name which the scaler drains, as a container that starts again, is
 * drained like it: its pod may be about to be deleted.
 */
export async function registerWorker(db: Queryable, worker: NewWorker): Promise<void> {
  await db.query(
    `insert into workers (id, name, pool, slots, engine, version, state, drain_owner, drain_reason, drain_until)
     select $1, $2, $3, $4, $5, $6, coalesce(before.state, 'active'), drain_owner, drain_reason, drain_until
       from (select) as one left join lateral (
         select state, drain_owner, drain_reason, drain_until from workers
          where name = $2 and pool = $3 and state = 'draining' and drain_owner = '${drainOwner}'
            and drain_until > now()
          order by started_at desc limit 1 for share
       ) as before on true`,
    [worker.id, worker.name, worker.pool, worker.slots, worker.engine, worker.version],
  );
}
