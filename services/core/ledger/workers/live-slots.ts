import type { Queryable } from '../database.ts';

/** Slots of the pool's workers that take work; at least 1, for whoever asks is one. */
export async function liveSlots(db: Queryable, pool: string): Promise<number> {
  const [row] = await db.query<{ slots: number }>(
    `select greatest(1, coalesce(sum(slots), 0))::int as slots from workers
      where pool = $1 and state = 'active' and heartbeat_at > now() - interval '15 seconds'`,
    [pool],
  );
  return row?.slots ?? 1;
}
