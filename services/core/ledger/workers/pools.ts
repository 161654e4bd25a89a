import type { Queryable } from '../database.ts';

/** Whether any worker or any work that is not finished is of this pool. */
export async function isPool(db: Queryable, pool: string): Promise<boolean> {
  const rows = await db.query(
    `select where exists (select from workers where pool = $1 and state <> 'stopped')
         or exists (select from tasks where pool = $1 and status = 'waiting')
         or exists (select from tasks where pool = $1 and status = 'dispatched')`,
    [pool],
  );
  return rows.length > 0;
}
