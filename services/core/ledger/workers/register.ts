import type { Queryable } from '../database.ts';

export interface NewWorker {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly slots: number;
  readonly engine: string;
  readonly version: string;
}

/** Nothing → `active`. From then on the worker may claim, as long as its heartbeat arrives. */
export async function registerWorker(db: Queryable, worker: NewWorker): Promise<void> {
  await db.query(
    `insert into workers (id, name, pool, slots, engine, version) values ($1, $2, $3, $4, $5, $6)`,
    [worker.id, worker.name, worker.pool, worker.slots, worker.engine, worker.version],
  );
}
