import type { Queryable } from './database.ts';

/** Milliseconds since the PostgreSQL server started. */
export async function databaseUptimeMs(db: Queryable): Promise<number> {
  const [row] = await db.query<{ ms: number }>(
    'select extract(epoch from now() - pg_postmaster_start_time())::float8 * 1000 as ms',
  );
  return row?.ms ?? 0;
}
