import type { AttemptOutcome } from '../../domain/states.ts';
import type { Queryable } from '../database.ts';

/** Writes how an attempt ended; part of every transition that takes a task from its worker. */
export async function endAttempt(
  tx: Queryable,
  attempt: { taskId: string; attempt: number },
  outcome: AttemptOutcome,
  error?: { code: string; message: string },
): Promise<void> {
  await tx.query(
    `update attempts set outcome = $3, ended_at = now(), error_code = $4, error_message = $5
      where task_id = $1 and attempt = $2 and outcome is null`,
    [attempt.taskId, attempt.attempt, outcome, error?.code ?? null, error?.message ?? null],
  );
}
