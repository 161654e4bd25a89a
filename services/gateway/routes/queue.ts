// How much waits where, and what comes next. The ledger counts what waits and what is read, the
// broker what it has; what it has delivered is the difference.
import type { Broker } from '#core/broker/broker.ts';
import type { Database } from '#core/ledger/database.ts';
import { listTasks, type PoolDepth, readDepths } from '#core/ledger/tasks/queue.ts';
import { listWorkers, type WorkerRow } from '#core/ledger/workers/list.ts';
import {
  type PoolEntry,
  queueAnswer,
  queueQuery,
  tasksAnswer,
  tasksQuery,
} from '#core/operation-messages.ts';
import { presentTask } from '../present.ts';
import { defineRoute } from '../route.ts';
import type { Switches } from '../switches.ts';

interface QueueDependencies {
  readonly db: Database;
  readonly broker: Pick<Broker, 'counts'>;
  readonly switches: Pick<Switches, 'whyOff'>;
  readonly pools: readonly string[];
}

const nothing = { waiting: 0, delayed: 0, dispatched: 0, running: 0, oldest_at: null };

export function queueRoute(deps: QueueDependencies) {
  return defineRoute({
    method: 'get',
    path: '/api/queue',
    tag: 'operation',
    summary: 'How much work each pool has, where it is, and what is dispatched next',
    request: { query: queueQuery },
    responses: { 200: queueAnswer },
    async handle({ query }) {
      const [depths, workers] = await Promise.all([readDepths(deps.db), listWorkers(deps.db)]);
      const named = [...deps.pools, ...depths.map(({ pool }) => pool), ...workers.map(poolOf)];
      const entries = [...new Set(named)].map((pool) => {
        const depth = depths.find((one) => one.pool === pool) ?? { pool, ...nothing };
        return describe(deps, depth, workers.filter(takesWork(pool)), query.next);
      });
      return { status: 200, body: { pools: await Promise.all(entries) } };
    },
  });
}

export function tasksRoute({ db }: Pick<QueueDependencies, 'db'>) {
  return defineRoute({
    method: 'get',
    path: '/api/tasks',
    tag: 'operation',
    summary:
      'Tasks that wait in their order, are tried again later, are dispatched, or are being read',
    request: { query: tasksQuery },
    responses: { 200: tasksAnswer },
    async handle({ query: { status: view, pool, limit } }) {
      const tasks = await listTasks(db, { view, pool, limit });
      return { status: 200, body: { tasks: tasks.map(presentTask) } };
    },
  });
}

async function describe(
  { db, broker, switches, pools }: QueueDependencies,
  { pool, waiting, delayed, dispatched, running, oldest_at }: PoolDepth,
  workers: readonly WorkerRow[],
  count: number,
): Promise<PoolEntry> {
  const [counts, next] = await Promise.all([
    // A queue that nobody here dispatches to is none of ours.
    pools.includes(pool) ? broker.counts(pool).catch(() => undefined) : undefined,
    count === 0 ? [] : listTasks(db, { view: 'waiting', pool, limit: count }),
  ]);
  const told = dispatched + running;
  return {
    pool,
    paused: switches.whyOff('ocr', pool) !== undefined,
    depth: waiting + told,
    waiting,
    delayed,
    dispatched,
    running,
    ready: counts?.ready ?? null,
    unacknowledged: counts ? Math.max(0, told - counts.ready) : null,
    consumers: counts?.consumers ?? null,
    slots: workers.reduce((sum, worker) => sum + worker.slots, 0),
    oldest_at: oldest_at?.toISOString() ?? null,
    next: next.map(presentTask),
  };
}

function poolOf({ pool }: WorkerRow): string {
  return pool;
}

function takesWork(pool: string): (worker: WorkerRow) => boolean {
  return (worker) => worker.pool === pool && worker.state === 'active';
}
