// `dispatched → running`: the one place where a worker comes to hold a task.
import { overdueMs } from '../../domain/lease.ts';
import type { Database, Queryable } from '../database.ts';
import { moveUpload, type UploadRow } from '../uploads/upload.ts';
import { loseHolder } from './lose-holder.ts';
import { lockTask, type TaskRow } from './task.ts';

export interface ClaimRequest {
  readonly taskId: string;
  /** The dispatch number of the message. */
  readonly dispatch: number;
  readonly workerId: string;
  readonly workerName: string;
  readonly leaseMs: number;
  /** A holder that did not answer a ping: its claim may be taken over, if it is still that one. */
  readonly silentHolder?: { readonly workerId: string; readonly attempt: number } | undefined;
}

export interface Held {
  readonly upload: UploadRow;
  readonly task: TaskRow;
  readonly attempt: number;
  /** More work waits in the ledger: the dispatcher should look. */
  readonly more: boolean;
  /** Seconds from when the task was due; absent when it was somebody's before. */
  readonly waited?: number;
  /** The attempt of a worker that was gone has ended with it. */
  readonly tookOver: boolean;
}

export type ClaimResult =
  | ({ readonly kind: 'claimed' } & Held)
  /** An older dispatch, or nothing left to do: acknowledge and forget. */
  | { readonly kind: 'stale' }
  /** This worker holds it already: the earlier delivery was lost, or the answer to its claim. */
  | ({ readonly kind: 'adopt' } & Held)
  /** Another worker holds it and seems alive. */
  | {
      readonly kind: 'held';
      readonly holder: { readonly workerId: string; readonly attempt: number };
    }
  /** Its holder was one loss too many: nobody is to read it any more. */
  | { readonly kind: 'poisoned' }
  /** This worker is draining or unknown: the message goes back. */
  | { readonly kind: 'refused' };

export async function claimTask(db: Database, request: ClaimRequest): Promise<ClaimResult> {
  return db.transaction(async (tx) => {
    // Shared, so that claims of one worker do not wait for each other; a drain waits for all.
    const [self] = await tx.query<{ state: string }>(
      'select state from workers where id = $1 for share',
      [request.workerId],
    );
    const locked = await lockTask(tx, request.taskId);
    if (!locked || locked.task.dispatch !== request.dispatch) return { kind: 'stale' };
    const { upload, task } = locked;
    if (task.status === 'running' && task.worker_id === request.workerId) {
      return {
        kind: 'adopt',
        upload,
        task,
        attempt: task.attempt,
        more: false,
        tookOver: false,
      };
    }
    if (self?.state !== 'active') return { kind: 'refused' };
    if (task.status === 'dispatched') return take(tx, request, upload, task, { tookOver: false });
    if (task.status !== 'running' || !task.worker_id) return { kind: 'stale' };

    const holder = { workerId: task.worker_id, attempt: task.attempt };
    if (!isSame(holder, request.silentHolder) && !(await isGone(tx, holder.workerId)))
      return { kind: 'held', holder };
    if ((await loseHolder(tx, locked)) === 'ended') return { kind: 'poisoned' };
    return take(tx, request, upload, task, { tookOver: true });
  });
}

async function take(
  tx: Queryable,
  request: ClaimRequest,
  upload: UploadRow,
  { id }: TaskRow,
  { tookOver }: { tookOver: boolean },
): Promise<ClaimResult> {
  const [task] = await tx.query<TaskRow & { waited: number }>(
    `update tasks set status = 'running', attempt = attempt + 1, worker_id = $2,
            lease_until = now() + $3 * interval '1 millisecond', started_at = coalesce(started_at, now())
      where id = $1 returning *, extract(epoch from now() - greatest(run_at, created_at))::float8 as waited`,
    [id, request.workerId, request.leaseMs],
  );
  if (!task) throw new Error('a locked row disappeared');
  await tx.query(
    `insert into attempts (task_id, attempt, dispatch, worker_id, worker_name) values ($1, $2, $3, $4, $5)`,
    [id, task.attempt, task.dispatch, request.workerId, request.workerName],
  );
  const [{ more } = { more: false }] = await tx.query<{ more: boolean }>(
    `select exists (select from tasks where pool = $1 and status = 'waiting' and run_at <= now()) as more`,
    [task.pool],
  );
  const attempts = upload.attempts + 1;
  const held = {
    kind: 'claimed',
    task,
    attempt: task.attempt,
    more,
    tookOver,
    ...(!tookOver && { waited: task.waited }),
  } as const;
  if (upload.status === 'uploaded') {
    const stamp = upload.started_at ? [] : (['started_at'] as const);
    const moved = await moveUpload(tx, upload, 'processing', {
      set: { attempts, status_reason: null },
      stamp,
    });
    return { ...held, upload: moved };
  }
  await tx.query('update uploads set attempts = $2 where id = $1', [upload.id, attempts]);
  return { ...held, upload: { ...upload, attempts } };
}

type Holder = NonNullable<ClaimRequest['silentHolder']>;

function isSame(one: Holder, other: Holder | undefined): boolean {
  return one.workerId === other?.workerId && one.attempt === other.attempt;
}

async function isGone(tx: Queryable, workerId: string): Promise<boolean> {
  const [worker] = await tx.query<{ gone: boolean }>(
    `select state = 'stopped' or heartbeat_at < now() - $2 * interval '1 millisecond' as gone
       from workers where id = $1`,
    [workerId, overdueMs],
  );
  return worker?.gone ?? true;
}
