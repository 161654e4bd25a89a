import type { Queryable } from '../database.ts';

/**
 * Ends every unfinished task of a locked upload; part of the transitions that take the upload
 * away from the workers. Their claims are void from the commit on.
 */
export async function cancelTasks(tx: Queryable, uploadId: string): Promise<void> {
  await tx.query(
    `with unfinished as (
       select id from tasks where upload_id = $1 and status in ('waiting', 'dispatched', 'running')
        order by id for update
     ), ended as (
       update tasks set status = 'cancelled', ended_at = now(), lease_until = null
         from unfinished where tasks.id = unfinished.id
       returning tasks.id, tasks.attempt
     )
     update attempts set outcome = 'cancelled', ended_at = now()
       from ended
      where attempts.task_id = ended.id and attempts.attempt = ended.attempt and attempts.outcome is null`,
    [uploadId],
  );
}
