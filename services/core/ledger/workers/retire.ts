import type { Database } from '../database.ts';
import { reapTasks } from '../tasks/reap.ts';

/**
 * Takes every worker for gone and its tasks back at once. Only for somebody who knows: standalone
 * at its start, whose lock on the data directory proves that no former process tree lives.
 */
export async function retireWorkers(db: Database): Promise<number> {
  const workers = await db.query<{ id: string }>(
    `update workers set state = 'stopped', stopped_at = now(), busy = 0 where state <> 'stopped' returning id`,
  );
  let tasks = 0;
  for (const worker of workers) tasks += await reapTasks(db, { workerId: worker.id });
  return tasks;
}

/** Marks workers stopped that have been silent for `seconds`; their tasks are the reaper's. Forgets them after a day. */
export async function retireSilentWorkers(db: Database, seconds: number): Promise<void> {
  await db.query(
    `update workers set state = 'stopped', stopped_at = now(), busy = 0
      where state <> 'stopped' and heartbeat_at < now() - $1 * interval '1 second'`,
    [seconds],
  );
  await db.query(
    `delete from workers where state = 'stopped' and stopped_at < now() - interval '1 day'`,
  );
}
