import type { Queryable } from '../database.ts';

export interface Drain {
  readonly owner: string;
  readonly reason?: string | undefined;
  readonly seconds: number;
}

const drain = `state = 'draining', drain_owner = $2, drain_reason = $3, drain_until = now() + $4 * interval '1 second'`;

/**
 * `active → draining`: the worker claims nothing more and finishes what it holds. Ends by itself
 * after `seconds`, so that a controller that dies leaves no worker idle. False: no such worker.
 */
export async function drainWorker(
  db: Queryable,
  id: string,
  { owner, reason, seconds }: Drain,
): Promise<boolean> {
  const rows = await db.query(
    `update workers set ${drain} where id = $1 and state <> 'stopped' returning id`,
    [id, owner, reason ?? null, seconds],
  );
  return rows.length === 1;
}

/** The same by the worker itself, which never shortens or prolongs what somebody else decided. */
export async function drainItself(
  db: Queryable,
  id: string,
  { reason, seconds }: Omit<Drain, 'owner'>,
): Promise<void> {
  await db.query(`update workers set ${drain} where id = $1 and state = 'active'`, [
    id,
    'itself',
    reason,
    seconds,
  ]);
}

/** `draining → active`. False: no such worker. */
export async function undrainWorker(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(
    `update workers set state = 'active', drain_owner = null, drain_reason = null, drain_until = null,
            drained_at = null
      where id = $1 and state <> 'stopped' returning id`,
    [id],
  );
  return rows.length === 1;
}
