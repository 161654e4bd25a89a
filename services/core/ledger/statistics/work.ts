import type { TaskStatus, UploadStatus } from '../../domain/states.ts';
import type { Queryable } from '../database.ts';

/** What is not finished, in numbers. */
export interface Work {
  readonly tasks: readonly {
    readonly pool: string;
    readonly status: TaskStatus;
    readonly count: number;
    /** Seconds since the oldest of them came. */
    readonly oldest: number;
  }[];
  readonly uploads: readonly { readonly status: UploadStatus; readonly count: number }[];
  /** Of live workers. */
  readonly workers: readonly {
    readonly pool: string;
    readonly state: 'active' | 'draining';
    readonly count: number;
    readonly slots: number;
    readonly busy: number;
  }[];
}

/** Reads indexes only, and of them as much as is not finished. */
export async function readWork(db: Queryable): Promise<Work> {
  const [tasks, uploads, workers] = await Promise.all([
    db.query<Work['tasks'][number]>(
      `select pool, status, count(*) as count, extract(epoch from now() - min(created_at))::float8 as oldest
         from tasks where status in ('waiting', 'dispatched', 'running') group by pool, status`,
    ),
    db.query<Work['uploads'][number]>(
      `select status, count(*) as count from uploads
        where status in ('initiated', 'uploaded', 'processing') group by status`,
    ),
    db.query<Work['workers'][number]>(
      `select pool, state, count(*) as count, sum(slots)::int as slots, sum(least(busy, slots))::int as busy
         from workers where state <> 'stopped' group by pool, state`,
    ),
  ]);
  return { tasks, uploads, workers };
}
