// Lowerings of the number of workers, and who went. Written before the lowering, so that a leader
// that dies in the middle leaves to the next one what it has to look for.
import type { Database, Queryable } from '../database.ts';
import { type Leadership, type Overtaken, underEpoch } from './epoch.ts';

export interface Lowering extends Leadership {
  /** Workers before and after. */
  readonly from: number;
  readonly to: number;
  /** Names of the workers that are meant to go. */
  readonly chosen: readonly string[];
}

/** To be called before the replicas are lowered: notes who is alive. Returns the lowering's number. */
export async function recordScaleDown(
  db: Database,
  { from, to, chosen, ...leader }: Lowering,
): Promise<number | Overtaken> {
  return underEpoch(db, leader, async (tx) => {
    const [lowering] = await tx.query<{ id: number }>(
      `insert into scale_downs (pool, epoch, from_workers, to_workers) values ($1, $2, $3, $4) returning id`,
      [leader.pool, leader.epoch, from, to],
    );
    if (!lowering) throw new Error('an insert returned no row');
    await tx.query(
      `insert into scale_down_workers (scale_down_id, worker_id, worker_name, chosen)
       select $1, id, name, name = any($3::text[]) from workers where pool = $2 and state <> 'stopped'`,
      [lowering.id, leader.pool, chosen],
    );
    return lowering.id;
  });
}

export interface ScaleDown {
  readonly id: number;
  readonly epoch: number;
  readonly loweredAt: Date;
  readonly from: number;
  readonly to: number;
  /** Null until it is known who went. */
  readonly settledAt: Date | null;
  readonly workers: readonly {
    readonly id: string;
    readonly name: string;
    readonly chosen: boolean;
    readonly went: boolean;
    /** Attempts that it ended without having done them, because it went. */
    readonly terminated: number;
  }[];
}

/** Newest first. `unsettled`: only those of which it is not known who went. */
export async function listScaleDowns(
  db: Queryable,
  { pool, limit, unsettled = false }: { pool: string; limit: number; unsettled?: boolean },
): Promise<ScaleDown[]> {
  return db.query<ScaleDown>(
    `select id, epoch, lowered_at as "loweredAt", from_workers as "from", to_workers as "to",
            settled_at as "settledAt",
            (select coalesce(json_agg(json_build_object('id', worker_id, 'name', worker_name, 'chosen', chosen,
                                                        'went', went, 'terminated', terminated)
                                      order by worker_name), '[]')
               from scale_down_workers where scale_down_id = scale_downs.id) as workers
       from scale_downs where pool = $1 ${unsettled ? 'and settled_at is null' : ''}
      order by id desc limit $2`,
    [pool, limit],
  );
}

/**
 * Settles a lowering: these went. Also one that was not alive when it was noted: it may have begun
 * in between. A lowering that did not come about is settled with nobody.
 */
export async function whoWent(
  db: Database,
  {
    id,
    workerNames,
    ...leader
  }: Leadership & { readonly id: number; readonly workerNames: readonly string[] },
): Promise<'settled' | Overtaken> {
  return underEpoch<'settled'>(db, leader, async (tx) => {
    await tx.query(
      `insert into scale_down_workers (scale_down_id, worker_id, worker_name, chosen, went)
       select scale_downs.id, workers.id, workers.name, false, true
         from scale_downs join workers on workers.pool = scale_downs.pool
        where scale_downs.id = $1 and scale_downs.pool = $2 and workers.name = any($3::text[])
          and (workers.stopped_at is null or workers.stopped_at >= scale_downs.lowered_at)
       on conflict (scale_down_id, worker_id) do update set went = true`,
      [id, leader.pool, workerNames],
    );
    // One whose row is gone meanwhile is known from before.
    await tx.query(
      `update scale_down_workers set went = true where scale_down_id = $1 and worker_name = any($2::text[])`,
      [id, workerNames],
    );
    await tx.query(
      'update scale_downs set settled_at = coalesce(settled_at, now()) where id = $1 and pool = $2',
      [id, leader.pool],
    );
    return 'settled';
  });
}
