import type { PageRange } from '../../domain/ranges.ts';
import type { Database } from '../database.ts';
import type { UploadRow } from '../uploads/upload.ts';
import { endAttempt } from './end-attempt.ts';
import { insertTasks } from './insert.ts';
import { type PageOutcome, writePages } from './record-pages.ts';
import { settleUpload } from './settle-upload.ts';
import { assertHeld, type Claim, isHeld, lockTask } from './task.ts';

export interface Finish {
  readonly pageCount: number;
  /** Pages read and not recorded yet. */
  readonly pages: readonly PageOutcome[];
  /** What the task that opened a longer file leaves to others. */
  readonly ranges: readonly PageRange[];
}

/**
 * `running → done`, with its last pages, the tasks that follow from it, and the upload when this
 * was the last. Repeated with the same claim it changes nothing.
 */
export async function finishTask(db: Database, claim: Claim, finish: Finish): Promise<UploadRow> {
  return db.transaction(async (tx) => {
    const locked = await lockTask(tx, claim.taskId);
    if (locked && isHeld(locked.task, claim, 'done')) return locked.upload;
    const { upload } = assertHeld(locked, claim);
    const written = await writePages(tx, claim, upload, finish);
    await endAttempt(tx, claim, 'done');
    await tx.query(
      `update tasks set status = 'done', ended_at = now(), lease_until = null where id = $1`,
      [claim.taskId],
    );
    if (finish.ranges.length > 0) await insertTasks(tx, written, finish.ranges);
    return settleUpload(tx, written);
  });
}
