import type { Queryable } from '../database.ts';

/**
 * `active → draining`: the worker claims nothing more and finishes what it holds. Ends by itself
 * after `seconds`, so that a controller that dies leaves no worker idle. False: no such worker.
 */
export async function drainWorker(
  db: Queryable,
  id: string,
  { owner, seconds }: { owner: string; seconds: number },
): Promise<boolean> {
  const rows = await db.query(
    `update workers set state = 'draining', drain_owner = $2, drain_until = now() + $3 * interval '1 second'
      where id = $1 and state <> 'stopped' returning id`,
    [id, owner, seconds],
  );
  return rows.length === 1;
}

/** `draining → active`. False: no such worker. */
export async function undrainWorker(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(
    `update workers set state = 'active', drain_owner = null, drain_until = null, drained_at = null
      where id = $1 and state <> 'stopped' returning id`,
    [id],
  );
  return rows.length === 1;
}
