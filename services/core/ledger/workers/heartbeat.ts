import type { Database } from '../database.ts';

export interface Beat {
  readonly state: 'active' | 'draining' | 'stopped';
  readonly drained: boolean;
  /** Tasks that the worker still holds, by the fence number; what it runs beside these is no longer its own. */
  readonly held: ReadonlyMap<string, number>;
}

/**
 * Shows that the worker lives and renews the leases of the tasks that it runs; one that it holds
 * and does not know of (the answer to its claim was lost) goes to somebody else in time. A drain that has expired
 * ends here; a drain with nothing left to run is noted as drained. A worker that was taken for
 * stopped during an outage is active again.
 */
export async function heartbeat(
  db: Database,
  worker: { readonly id: string; readonly runs: readonly string[]; readonly leaseMs: number },
): Promise<Beat | undefined> {
  return db.transaction(async (tx) => {
    const [row] = await tx.query<{ state: Beat['state'] }>(
      `update workers
          set heartbeat_at = now(), busy = $2, stopped_at = null,
              state = case when state = 'draining' and drain_until > now() then 'draining' else 'active' end,
              drained_at = case when state = 'draining' and drain_until > now() then drained_at end,
              drain_owner = case when state = 'draining' and drain_until > now() then drain_owner end,
              drain_reason = case when state = 'draining' and drain_until > now() then drain_reason end,
              drain_until = case when state = 'draining' and drain_until > now() then drain_until end
        where id = $1 returning state`,
      [worker.id, worker.runs.length],
    );
    if (!row) return undefined;
    const tasks = await tx.query<{ id: string; attempt: number }>(
      `with mine as (
         select id from tasks where worker_id = $1 and status = 'running' order by id for update
       )
       update tasks set lease_until = case when tasks.id = any($3::uuid[]) then now() + $2 * interval '1 millisecond'
                                           else lease_until end
         from mine where tasks.id = mine.id
       returning tasks.id, tasks.attempt`,
      [worker.id, worker.leaseMs, worker.runs],
    );
    const drained = row.state === 'draining' && tasks.length === 0;
    if (drained) {
      await tx.query('update workers set drained_at = coalesce(drained_at, now()) where id = $1', [
        worker.id,
      ]);
    }
    return {
      state: row.state,
      drained,
      held: new Map(tasks.map((task) => [task.id, task.attempt])),
    };
  });
}
