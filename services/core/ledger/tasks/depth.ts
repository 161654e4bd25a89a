import type { Queryable } from '../database.ts';

export interface Depth {
  readonly waiting: number;
  readonly dispatched: number;
  readonly running: number;
}

/** Work that is not finished, by where it stands. Undefined pool: all pools. Counts all of it. */
export async function readDepth(db: Queryable, pool?: string): Promise<Depth> {
  const [depth] = await db.query<Depth>(
    `select count(*) filter (where status = 'waiting') as waiting,
            count(*) filter (where status = 'dispatched') as dispatched,
            count(*) filter (where status = 'running') as running
       from tasks
      where status in ('waiting', 'dispatched', 'running') and ($1::text is null or pool = $1)`,
    [pool ?? null],
  );
  if (!depth) throw new Error('an aggregate returned no row');
  return depth;
}
