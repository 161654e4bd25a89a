import type { Database } from '../database.ts';

const batch = 5_000;

/** Deletes events older than `days`. A cursor from before them is then `events.cursor_expired`. */
export async function pruneEvents(db: Database, { days }: { days: number }): Promise<void> {
  for (;;) {
    const deleted = await db.transaction(async (tx) => {
      // First the mark, under the lock of the sequencer's row: a reader sees the gap announced.
      await tx.query('select 1 from event_log for update');
      const rows = await tx.query<{ position: number }>(
        `with old as (
           select id from events where position is not null and created_at < now() - $1 * interval '1 day'
            order by position limit ${batch}
         )
         delete from events using old where events.id = old.id returning events.position`,
        [days],
      );
      const last = rows.reduce((most, row) => Math.max(most, row.position), 0);
      await tx.query('update event_log set first_position = greatest(first_position, $1)', [
        last + 1,
      ]);
      return rows.length;
    });
    if (deleted < batch) return;
  }
}
