import type { Queryable } from '../database.ts';

export interface Outlook {
  readonly dispatched: number;
  /** Milliseconds since the oldest unclaimed dispatch; null when there is none. */
  readonly oldest_dispatch_ms: number | null;
  /** Milliseconds until the next task that waits for its time is due; null when none does. */
  readonly next_due_ms: number | null;
}

/** When there is a reason to dispatch again. Three short index scans, however much waits. */
export async function readOutlook(db: Queryable, pool: string): Promise<Outlook> {
  const [outlook] = await db.query<Outlook>(
    `select dispatched.count as dispatched,
            extract(epoch from now() - dispatched.oldest)::float8 * 1000 as oldest_dispatch_ms,
            extract(epoch from due.next - now())::float8 * 1000 as next_due_ms
       from (select count(*) as count, min(dispatched_at) as oldest from tasks
              where pool = $1 and status = 'dispatched') as dispatched,
            (select min(run_at) as next from tasks
              where pool = $1 and status = 'waiting' and run_at > now()) as due`,
    [pool],
  );
  if (!outlook) throw new Error('an aggregate returned no row');
  return outlook;
}
