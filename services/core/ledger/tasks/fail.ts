// A task that met an error: final when the input is at fault, again later when we are.
import { backoffMs, type Causes, countFailure } from '../../domain/retry.ts';
import type { AppError } from '../../errors.ts';
import type { Database, Queryable } from '../database.ts';
import { moveUpload, type UploadRow } from '../uploads/upload.ts';
import { endAttempt } from './end-attempt.ts';
import { writePages } from './record-pages.ts';
import { settleUpload } from './settle-upload.ts';
import { type Claim, lockClaim, type TaskRow } from './task.ts';

export interface Failure {
  readonly error: AppError;
  /** The page that was being read, if it had come that far. */
  readonly page: number | undefined;
  readonly pageCount: number | undefined;
  /** In [0, 1): spreads the retries. */
  readonly random: number;
}

/** These say nothing about the upload: its failures are not counted while they last. */
const outages: ReadonlySet<string> = new Set([
  'ledger.unavailable',
  'broker.unavailable',
  'objects.unavailable',
  'engine.unavailable',
]);

/** The third step of the backoff, 2 to 4 s: an outage is waited out, not hammered. */
const outageBackoff = 3;

/** `running → waiting` (later), `failed`, or `done` with a bad page set aside. Tells what became of the task. */
export async function failTask(
  db: Database,
  claim: Claim,
  failure: Failure,
): Promise<'waiting' | 'ended'> {
  return db.transaction(async (tx) => {
    const { upload, task } = await lockClaim(tx, claim);
    const { code, message } = failure.error;
    await endAttempt(tx, claim, 'failed', { code, message });
    if (failure.error.outcome === 'fail') {
      await endTask(tx, claim, upload, task, { code, message });
      return 'ended';
    }
    if (outages.has(code)) {
      const delayMs = backoffMs(outageBackoff, failure.random);
      const { failures, causes } = task;
      await waitAgain(tx, claim, { failures, causes, delayMs, code, message });
      return 'waiting';
    }
    const { failures, causes, verdict } = countFailure(task.causes, code);
    if (verdict === 'quarantine') return quarantine(tx, claim, upload, task, failure, failures);
    const delayMs = backoffMs(failures, failure.random);
    await waitAgain(tx, claim, { failures, causes, delayMs, code, message });
    return 'waiting';
  });
}

/** The page that failed again and again is set aside; the others of the task get their turn. */
async function quarantine(
  tx: Queryable,
  claim: Claim,
  upload: UploadRow,
  task: TaskRow,
  { error, page, pageCount }: Failure,
  failures: number,
): Promise<'waiting' | 'ended'> {
  const reason = {
    code: 'task.poison',
    message: `reading failed ${failures} times, last with ${error.code}: ${error.message}`,
  };
  if (page === undefined || pageCount === undefined) {
    await endTask(tx, claim, upload, task, reason);
    return 'ended';
  }
  const after = await writePages(tx, claim, upload, {
    pageCount,
    pages: [{ status: 'failed', number: page, error: reason }],
  });
  const [left] = await tx.query(
    `select from pages where upload_id = $1 and reading = $2 and status = 'waiting'
        and number between $3 and $4 limit 1`,
    [upload.id, upload.reading, task.first_page ?? 1, task.last_page ?? pageCount],
  );
  if (left) {
    await waitAgain(tx, claim, {
      failures: 0,
      causes: {},
      delayMs: 0,
      code: reason.code,
      message: reason.message,
    });
    return 'waiting';
  }
  await endTask(tx, claim, after, task, reason);
  return 'ended';
}

async function waitAgain(
  tx: Queryable,
  claim: Claim,
  next: { failures: number; causes: Causes; delayMs: number; code: string; message: string },
): Promise<void> {
  await tx.query(
    `update tasks set status = 'waiting', failures = $2, causes = $6, run_at = now() + $3 * interval '1 millisecond',
            error_code = $4, error_message = $5, worker_id = null, lease_until = null, dispatched_at = null
      where id = $1`,
    [
      claim.taskId,
      next.failures,
      next.delayMs,
      next.code,
      next.message,
      JSON.stringify(next.causes),
    ],
  );
}

/** Final. Pages that were still to be read fail with the task; a file that was never opened fails as a whole. */
export async function endTask(
  tx: Queryable,
  claim: { readonly taskId: string; readonly attempt: number },
  upload: UploadRow,
  task: TaskRow,
  reason: { code: string; message: string },
): Promise<void> {
  await tx.query(
    `update tasks set status = 'failed', ended_at = now(), lease_until = null, error_code = $2, error_message = $3
      where id = $1`,
    [claim.taskId, reason.code, reason.message],
  );
  if (upload.page_count === null) {
    await moveUpload(tx, upload, 'failed', {
      set: { status_reason: null, error_code: reason.code, error_message: reason.message },
      stamp: ['processed_at'],
    });
    return;
  }
  const abandoned = await tx.query(
    `update pages set status = 'failed', task_id = $5, attempt = $6, error_code = $7, error_message = $8, recorded_at = now()
      where upload_id = $1 and reading = $2 and status = 'waiting' and number between $3 and $4 returning number`,
    [
      upload.id,
      upload.reading,
      task.first_page ?? 1,
      task.last_page ?? upload.page_count,
      claim.taskId,
      claim.attempt,
      reason.code,
      reason.message,
    ],
  );
  const [after] = await tx.query<UploadRow>(
    'update uploads set pages_failed = pages_failed + $2 where id = $1 returning *',
    [upload.id, abandoned.length],
  );
  if (after) await settleUpload(tx, after);
}
