import type { Queryable } from '../database.ts';
import type { DispatchedTask } from './dispatch.ts';

/**
 * Raises the dispatch number of tasks dispatched more than `olderThanMs` ago and never claimed,
 * for the caller to publish again: the broker has lost them, or takes very long. An old message
 * that turns up after all is dropped at the claim.
 */
export async function redispatchTasks(
  db: Queryable,
  pool: string,
  { olderThanMs, limit }: { olderThanMs: number; limit: number },
): Promise<DispatchedTask[]> {
  return db.query<DispatchedTask>(
    `with lost as (
       select tasks.id, uploads.request_id, uploads.traceparent from tasks join uploads on uploads.id = tasks.upload_id
        where tasks.pool = $1 and tasks.status = 'dispatched'
          and dispatched_at < now() - $2 * interval '1 millisecond'
        order by dispatched_at limit $3
        for update of tasks skip locked
     )
     update tasks set dispatch = dispatch + 1, dispatched_at = now()
       from lost where tasks.id = lost.id
     returning tasks.id, tasks.dispatch, tasks.upload_id, lost.request_id, lost.traceparent`,
    [pool, olderThanMs, limit],
  );
}
