import type { Database, Queryable } from '../database.ts';

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

export type Undrained =
  | 'done'
  /** A scaler is about to end it: work that it took now would be broken off. */
  | 'ending'
  /** No such worker. */
  | 'unknown';

/** `draining → active`, unless a lowering that is not done yet means this worker. */
export async function undrainWorker(db: Database, id: string): Promise<Undrained> {
  return db.transaction(async (tx) => {
    // Locked first: a scaler notes whom it means to end before it asks who is still drained.
    const [worker] = await tx.query(
      `select from workers where id = $1 and state <> 'stopped' for update`,
      [id],
    );
    if (!worker) return 'unknown';
    const rows = await tx.query(
      `update workers set state = 'active', drain_owner = null, drain_reason = null, drain_until = null,
              drained_at = null
        where id = $1 and not (state = 'draining' and exists (
          select from scale_down_workers join scale_downs on scale_downs.id = scale_down_id
           where worker_id = workers.id and chosen and settled_at is null
             and scale_downs.pool = workers.pool and lowered_at > now() - interval '1 hour'))
        returning id`,
      [id],
    );
    return rows.length === 1 ? 'done' : 'ending';
  });
}
