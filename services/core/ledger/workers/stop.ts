import type { Queryable } from '../database.ts';

/** To `stopped`: the worker said so itself, as the last thing it does. */
export async function stopWorker(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update workers set state = 'stopped', stopped_at = now(), busy = 0 where id = $1`,
    [id],
  );
}
