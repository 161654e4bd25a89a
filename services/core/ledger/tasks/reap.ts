import type { Database, Queryable } from '../database.ts';
import { loseHolder } from './lose-holder.ts';
import { lockTask } from './task.ts';

/** Which running tasks have lost their worker. */
export type Lost = 'lease-ended' | { readonly workerId: string };

/**
 * `running → waiting` for tasks whose worker is gone: its lease ended, or it is known to be
 * stopped. Returns how many were taken from them, those that ended by it too.
 */
export async function reapTasks(db: Database, lost: Lost): Promise<number> {
  const [condition, value] =
    lost === 'lease-ended'
      ? ['lease_until < now() and $1::uuid is null', null]
      : ['worker_id = $1', lost.workerId];
  const candidates = await db.query<{ id: string }>(
    `select id from tasks where status = 'running' and ${condition} order by id limit 500`,
    [value],
  );
  let reaped = 0;
  for (const { id } of candidates) {
    reaped += await db.transaction((tx) => reapOne(tx, id, condition, value));
  }
  return reaped;
}

async function reapOne(
  tx: Queryable,
  id: string,
  condition: string,
  value: string | null,
): Promise<number> {
  const locked = await lockTask(tx, id);
  if (!locked) return 0;
  // Again under the lock: a heartbeat may have renewed the lease, the worker may have finished.
  const [lost] = await tx.query(
    `select from tasks where id = $2 and status = 'running' and ${condition}`,
    [value, id],
  );
  if (!lost) return 0;
  if ((await loseHolder(tx, locked)) === 'ended') return 1;
  await tx.query(
    `update tasks set status = 'waiting', run_at = now(), worker_id = null, lease_until = null,
            dispatched_at = null
      where id = $1`,
    [id],
  );
  return 1;
}
