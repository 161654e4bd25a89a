import { maxLosses } from '../../domain/retry.ts';
import type { Queryable } from '../database.ts';
import { endAttempt } from './end-attempt.ts';
import { endTask } from './fail.ts';
import type { Locked } from './task.ts';

/**
 * Ends the attempt of a running task's worker that is gone, whoever noticed. A task that loses worker
 * after worker is suspected of killing them and `ended` as `task.poison`; any other one is the caller's
 * to hand on.
 */
export async function loseHolder(
  tx: Queryable,
  { upload, task }: Locked,
): Promise<'ended' | 'counted'> {
  const claim = { taskId: task.id, attempt: task.attempt };
  await endAttempt(tx, claim, 'lost');
  if (task.losses + 1 >= maxLosses) {
    await endTask(tx, claim, upload, task, {
      code: 'task.poison',
      message: `${maxLosses} workers were lost while reading it`,
    });
    return 'ended';
  }
  await tx.query('update tasks set losses = losses + 1 where id = $1', [task.id]);
  return 'counted';
}
