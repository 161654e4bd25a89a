import type { Queryable } from '../database.ts';
import type { DispatchedTask } from './dispatch.ts';

/** `dispatched → waiting` for tasks whose messages the broker did not take; tried again after `delayMs`. */
export async function undispatchTasks(
  db: Queryable,
  tasks: readonly DispatchedTask[],
  delayMs: number,
): Promise<void> {
  await db.query(
    `update tasks set status = 'waiting', dispatched_at = null, run_at = now() + $3 * interval '1 millisecond'
       from unnest($1::uuid[], $2::int[]) as unsent (id, dispatch)
      where tasks.id = unsent.id and tasks.dispatch = unsent.dispatch and tasks.status = 'dispatched'`,
    [tasks.map((task) => task.id), tasks.map((task) => task.dispatch), delayMs],
  );
}
