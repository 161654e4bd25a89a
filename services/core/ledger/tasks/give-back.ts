import type { Database } from '../database.ts';
import { endAttempt } from './end-attempt.ts';
import { type Claim, lockClaim } from './task.ts';

/** `running → waiting` because the worker leaves. Counts against nobody; recorded pages stay. */
export async function giveBackTask(db: Database, claim: Claim): Promise<void> {
  await db.transaction(async (tx) => {
    await lockClaim(tx, claim);
    await endAttempt(tx, claim, 'given_back');
    await tx.query(
      `update tasks set status = 'waiting', run_at = now(), worker_id = null, lease_until = null, dispatched_at = null
        where id = $1`,
      [claim.taskId],
    );
  });
}
