// Who may change the workers of a pool: the leader with the highest epoch. Whatever it writes is
// written under the lock of the pool's row, so that of two leaders one has to wait and then sees.
import type { Database, Queryable } from '../database.ts';

/** What a pool's leader calls itself wherever it drains workers. */
export const drainOwner = 'autoscaler';

export interface Leadership {
  readonly pool: string;
  readonly epoch: number;
}

/** A leader with a higher epoch is there: nothing was written, step down. */
export type Overtaken = 'overtaken';

/** The epoch of the last leader; 0: there was none. */
export async function readEpoch(db: Queryable, pool: string): Promise<number> {
  const [row] = await db.query<{ epoch: number }>('select epoch from scaling where pool = $1', [
    pool,
  ]);
  return row?.epoch ?? 0;
}

/** Repeated with the same epoch it is raised still: an epoch has one leader. */
export async function raiseEpoch(
  db: Queryable,
  pool: string,
  epoch: number,
): Promise<'raised' | Overtaken> {
  const rows = await db.query(
    `insert into scaling (pool, epoch) values ($1, $2)
     on conflict (pool) do update set epoch = $2 where scaling.epoch <= $2
     returning pool`,
    [pool, epoch],
  );
  return rows.length === 1 ? 'raised' : 'overtaken';
}

/** Does `work` in a transaction in which nobody can raise the epoch. */
export async function underEpoch<T>(
  db: Database,
  { pool, epoch }: Leadership,
  work: (tx: Queryable) => Promise<T>,
): Promise<T | Overtaken> {
  return db.transaction(async (tx) => {
    const [held] = await tx.query(
      'select from scaling where pool = $1 and epoch = $2 for no key update',
      [pool, epoch],
    );
    return held ? work(tx) : 'overtaken';
  });
}
