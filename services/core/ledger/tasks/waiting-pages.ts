import type { Queryable } from '../database.ts';
import type { TaskRow } from './task.ts';

/** Page numbers of a task that no attempt has recorded yet, ascending. Needs the page count to be known. */
export async function waitingPages(db: Queryable, task: TaskRow): Promise<number[]> {
  const rows = await db.query<{ number: number }>(
    `select number from pages
      where upload_id = $1 and reading = $2 and status = 'waiting'
        and number between coalesce($3, 1) and coalesce($4, 2147483647)
      order by number`,
    [task.upload_id, task.reading, task.first_page, task.last_page],
  );
  return rows.map((row) => row.number);
}
