import type { Queryable } from '../database.ts';

export interface WorkerRow {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly slots: number;
  readonly busy: number;
  readonly state: 'active' | 'draining' | 'stopped';
  readonly drain_owner: string | null;
  readonly drain_reason: string | null;
  readonly drain_until: Date | null;
  readonly drained_at: Date | null;
  readonly engine: string | null;
  readonly version: string | null;
  readonly started_at: Date;
  readonly heartbeat_at: Date;
}

/** Workers that have not stopped, oldest first. */
export async function listWorkers(db: Queryable): Promise<WorkerRow[]> {
  return db.query<WorkerRow>(
    `select * from workers where state <> 'stopped' order by started_at, id`,
  );
}
