// A task's row, and the fence that every effect of a worker passes.
import type { Causes } from '../../domain/retry.ts';
import type { TaskStatus } from '../../domain/states.ts';
import { AppError } from '../../errors.ts';
import type { Queryable } from '../database.ts';
import type { UploadRow } from '../uploads/upload.ts';

export interface TaskRow {
  readonly id: string;
  readonly upload_id: string;
  readonly reading: number;
  readonly pool: string;
  readonly kind: 'open' | 'pages';
  readonly first_page: number | null;
  readonly last_page: number | null;
  readonly status: TaskStatus;
  readonly run_at: Date;
  readonly dispatch: number;
  readonly dispatched_at: Date | null;
  readonly attempt: number;
  readonly worker_id: string | null;
  readonly lease_until: Date | null;
  readonly failures: number;
  readonly causes: Causes;
  readonly losses: number;
  readonly started_at: Date | null;
}

/** What a worker holds while it reads: good for effects as long as the ledger says the same. */
export interface Claim {
  readonly taskId: string;
  readonly attempt: number;
  readonly workerId: string;
}

export interface Locked {
  readonly upload: UploadRow;
  readonly task: TaskRow;
}

/** The upload of a task and the task, locked in the order that everybody keeps. Undefined when there is none. */
export async function lockTask(tx: Queryable, taskId: string): Promise<Locked | undefined> {
  const [upload] = await tx.query<UploadRow>(
    'select * from uploads where id = (select upload_id from tasks where id = $1) for update',
    [taskId],
  );
  if (!upload) return undefined;
  const [task] = await tx.query<TaskRow>('select * from tasks where id = $1 for update', [taskId]);
  return task && { upload, task };
}

/**
 * The upload and the task, locked, if `claim` still holds. Throws `task.cancelled` when a person
 * ended it, `task.fenced` when the claim passed to another worker or attempt.
 */
export async function lockClaim(tx: Queryable, claim: Claim): Promise<Locked> {
  return assertHeld(await lockTask(tx, claim.taskId), claim);
}

/** As `lockClaim`, of what is locked already. */
export function assertHeld(locked: Locked | undefined, claim: Claim): Locked {
  if (!locked || locked.task.status === 'cancelled') {
    throw new AppError('task.cancelled', 'the upload was cancelled or deleted');
  }
  if (!isHeld(locked.task, claim, 'running')) {
    throw new AppError('task.fenced', `attempt ${claim.attempt} no longer holds the task`);
  }
  return locked;
}

/** Whether the task is in `status`, and it is this claim that brought it there or may go on. */
export function isHeld(task: TaskRow, claim: Claim, status: 'running' | 'done'): boolean {
  return (
    task.status === status && task.attempt === claim.attempt && task.worker_id === claim.workerId
  );
}
