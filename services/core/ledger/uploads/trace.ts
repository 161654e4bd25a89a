import type { Queryable } from '../database.ts';

/** Trace context of the request that began the upload; undefined where there is none, or no such upload. */
export async function readTrace(db: Queryable, id: string): Promise<string | undefined> {
  const [upload] = await db.query<{ traceparent: string | null }>(
    'select traceparent from uploads where id = $1',
    [id],
  );
  return upload?.traceparent ?? undefined;
}
