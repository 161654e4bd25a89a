import type { Queryable } from '../database.ts';

/**
 * How many attempts ended given back, lost or killed because a lowering took their worker. Counted
 * from the attempts themselves, of the workers that went; never falls, though uploads are deleted
 * and lowerings forgotten. A worker killed with its task is counted when the lease of it has ended.
 */
export async function countTerminatedWhileBusy(db: Queryable, pool: string): Promise<number> {
  await db.query(recountSql, [pool]);
  const [sum] = await db.query<{ terminated: number }>(
    `select coalesce((select terminated_before from scaling where pool = $1), 0)
            + coalesce((select sum(terminated) from scale_downs
                          join scale_down_workers on scale_down_id = id where pool = $1), 0)::bigint as terminated`,
    [pool],
  );
  return sum?.terminated ?? 0;
}

/** Of lowerings a day ago at most: later nothing of them can still be running. */
export const recountSql = `
  update scale_down_workers set terminated = counted.terminated
    from (
      select scale_down_id, worker_id,
             (select count(*) from attempts
               where attempts.worker_id = scale_down_workers.worker_id
                 and attempts.ended_at >= scale_downs.lowered_at
                 and outcome in ('given_back', 'lost', 'failed')
                 and (outcome <> 'failed' or error_code = 'engine.crashed')) as terminated
        from scale_downs join scale_down_workers on scale_down_id = scale_downs.id
       where pool = $1 and lowered_at > now() - interval '1 day' and went
    ) as counted
   where scale_down_workers.scale_down_id = counted.scale_down_id
     and scale_down_workers.worker_id = counted.worker_id
     and scale_down_workers.terminated < counted.terminated`;
