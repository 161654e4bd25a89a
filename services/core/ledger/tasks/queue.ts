// The queue as operators see it: how much each pool has to do, and which tasks those are.
import type { TaskView } from '../../domain/states.ts';
import type { Queryable } from '../database.ts';

export interface PoolDepth {
  readonly pool: string;
  readonly waiting: number;
  /** Of those that wait: tried again later. */
  readonly delayed: number;
  readonly dispatched: number;
  readonly running: number;
  /** When the oldest was made that nobody has claimed. */
  readonly oldest_at: Date | null;
}

/** Pools that have work. Counts all of it. */
export async function readDepths(db: Queryable): Promise<PoolDepth[]> {
  return db.query<PoolDepth>(
    `select pool,
            count(*) filter (where status = 'waiting') as waiting,
            count(*) filter (where status = 'waiting' and run_at > now()) as delayed,
            count(*) filter (where status = 'dispatched') as dispatched,
            count(*) filter (where status = 'running') as running,
            min(created_at) filter (where status <> 'running') as oldest_at
       from tasks where status in ('waiting', 'dispatched', 'running')
      group by pool order by pool`,
  );
}

export interface ListedTask {
  readonly id: string;
  readonly upload_id: string;
  readonly filename: string;
  readonly pool: string;
  readonly priority: string;
  readonly status: 'waiting' | 'dispatched' | 'running';
  readonly first_page: number | null;
  readonly last_page: number | null;
  readonly attempt: number;
  readonly worker: string | null;
  readonly created_at: Date;
  readonly run_at: Date;
  readonly dispatched_at: Date | null;
  readonly started_at: Date | null;
}

const views: Record<TaskView, string> = {
  waiting: `tasks.status = 'waiting' and run_at <= now() order by order_at, tasks.id`,
  delayed: `tasks.status = 'waiting' and run_at > now() order by run_at, tasks.id`,
  dispatched: `tasks.status = 'dispatched' order by dispatched_at, tasks.id`,
  running: `tasks.status = 'running' order by tasks.started_at, tasks.id`,
};

/** The first `limit` tasks of a view; of one pool it costs no more, however many there are. */
export async function listTasks(
  db: Queryable,
  { view, pool, limit }: { view: TaskView; pool?: string | undefined; limit: number },
): Promise<ListedTask[]> {
  const ofPool = pool === undefined ? '' : 'tasks.pool = $2 and';
  return db.query<ListedTask>(
    `select tasks.id, tasks.upload_id, uploads.filename, tasks.pool, uploads.priority, tasks.status,
            first_page, last_page, attempt, workers.name as worker, tasks.created_at, run_at,
            dispatched_at, tasks.started_at
       from tasks join uploads on uploads.id = tasks.upload_id
       left join workers on workers.id = tasks.worker_id and tasks.status = 'running'
      where ${ofPool} ${views[view]} limit $1`,
    pool === undefined ? [limit] : [limit, pool],
  );
}
