import type { Queryable } from '../database.ts';

export interface Depth {
  readonly waiting: number;
  readonly dispatched: number;
  readonly running: number;
  /** Milliseconds until the next task that waits for its time is due; null when none does. */
  readonly next_due_ms: number | null;
  /** Milliseconds since the oldest unclaimed dispatch; null when there is none. */
  readonly oldest_dispatch_ms: number | null;
}

/** Work that is not finished, by where it stands. Undefined pool: all pools. */
export async function readDepth(db: Queryable, pool?: string): Promise<Depth> {
  const [depth] = await db.query<Depth>(
    `select count(*) filter (where status = 'waiting') as waiting,
            count(*) filter (where status = 'dispatched') as dispatched,
            count(*) filter (where status = 'running') as running,
            extract(epoch from min(run_at) filter (where status = 'waiting' and run_at > now()) - now())::float8 * 1000 as next_due_ms,
            extract(epoch from now() - min(dispatched_at) filter (where status = 'dispatched'))::float8 * 1000 as oldest_dispatch_ms
       from tasks
      where status in ('waiting', 'dispatched', 'running') and ($1::text is null or pool = $1)`,
    [pool ?? null],
  );
  if (!depth) throw new Error('an aggregate returned no row');
  return depth;
}
