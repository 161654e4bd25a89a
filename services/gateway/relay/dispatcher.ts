// Tells the broker what waits in the ledger, and tells it again when it has forgotten. Every
// gateway runs one; the ledger lets one at a time fill a pool's window.
import type { Broker, TaskMessage } from '#core/broker/broker.ts';
import type { Database } from '#core/ledger/database.ts';
import {
  type DispatchedTask,
  type DispatchWindow,
  dispatchBatch,
  dispatchTasks,
} from '#core/ledger/tasks/dispatch.ts';
import { readOutlook } from '#core/ledger/tasks/outlook.ts';
import { redispatchTasks } from '#core/ledger/tasks/redispatch.ts';
import { undispatchTasks } from '#core/ledger/tasks/undispatch.ts';
import { channels } from '#core/ledger/wake.ts';
import type { Log } from '#core/log.ts';
import type { DatabaseOptions } from '#core/postgres/connection.ts';
import { listen } from '#core/postgres/listen.ts';
import type { SpanOptions, Tracing } from '#core/tracing.ts';
import type { DispatchMetrics } from '../metrics.ts';

export interface Dispatcher {
  stop(): Promise<void>;
}

/** Behind the wake-ups, in case one was missed. */
const slowTickMs = 5_000;
/**
 * A queue that is empty this long after a dispatch that nobody claimed has lost it: a delivery is
 * claimed within milliseconds. Twice as long each time, since a slow ledger looks the same.
 */
const vanishedMs = 1_000;
/** How soon to look again while a dispatch is not claimed. */
const unclaimedTickMs = 2_000;
/** Messages seem to be there but nobody claims: publish again, the old ones are dropped at the claim. */
const unclaimedMs = 60_000;
const publishRetryMs = 2_000;
const batch = 500;

export function startDispatcher(deps: {
  readonly db: Database;
  /** For the wake-ups. */
  readonly database: DatabaseOptions;
  readonly broker: Pick<Broker, 'publish' | 'counts'>;
  readonly pools: readonly string[];
  readonly window: DispatchWindow;
  /** Off: uploads are taken and wait. */
  readonly enabled: () => boolean;
  readonly metrics: DispatchMetrics;
  readonly tracing: Tracing;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}): Dispatcher {
  const { db, broker, metrics, log } = deps;
  let wanted = true;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let rouse: () => void = () => undefined;
  const patience = new Map<string, number>();

  const loop = async () => {
    while (!stopped) {
      if (wanted) {
        wanted = false;
        const waits = await Promise.all(deps.pools.map(lookSafely));
        timer = setTimeout(() => wake(), Math.min(slowTickMs, ...waits));
      }
      if (!wanted && !stopped) await new Promise<void>((resolve) => (rouse = resolve));
      clearTimeout(timer);
    }
  };

  const wake = () => {
    wanted = true;
    rouse();
  };

  /** Milliseconds until there is a reason to look again. */
  const lookSafely = async (pool: string): Promise<number> => {
    try {
      return deps.enabled() ? await look(pool) : slowTickMs;
    } catch (error) {
      log.warn({ error, pool }, 'dispatch failed, trying again');
      return publishRetryMs;
    }
  };

  const look = async (pool: string): Promise<number> => {
    for (;;) {
      const tasks = await dispatchTasks(db, pool, deps.window);
      if (tasks.length === 0) break;
      if (!(await publish(pool, tasks))) return publishRetryMs;
      // Fewer: either the window is full or nothing is due, a second look would only confirm it.
      if (tasks.length < dispatchBatch) break;
    }
    const { dispatched, oldest_dispatch_ms, next_due_ms } = await readOutlook(db, pool);
    const nextDue = next_due_ms ?? slowTickMs;
    if (oldest_dispatch_ms === null) {
      patience.delete(pool);
      return nextDue;
    }
    await repeatLost(pool, dispatched, oldest_dispatch_ms);
    return Math.min(nextDue, unclaimedTickMs);
  };

  const publish = async (pool: string, tasks: readonly DispatchedTask[]): Promise<boolean> => {
    const started = performance.now();
    try {
      await publishTraced(pool, tasks);
      const seconds = (performance.now() - started) / 1_000;
      const lags = tasks.flatMap(({ lag }) => (lag === undefined ? [] : lag + seconds));
      metrics.dispatched(pool, tasks.length, lags);
      for (const { id: taskId, dispatch, upload_id: uploadId, request_id: requestId } of tasks) {
        log.info({ uploadId, requestId, taskId, dispatch, pool }, 'task dispatched');
      }
      return true;
    } catch (error) {
      metrics.refused(pool);
      log.warn({ error, pool, tasks: tasks.length }, 'broker took no messages');
      await undispatchTasks(db, tasks, publishRetryMs);
      return false;
    }
  };

  /** Together, though each belongs to a trace of its own. */
  const publishTraced = async (pool: string, tasks: readonly DispatchedTask[]) => {
    const messages: TaskMessage[] = [];
    const { promise: published, resolve, reject } = Promise.withResolvers<void>();
    const spans = tasks.map((task) =>
      deps.tracing.span(spanOf(task), async (traceparent) => {
        messages.push(toMessage(task, traceparent));
        await published;
      }),
    );
    broker.publish(pool, messages).then(resolve, reject);
    await Promise.all(spans);
  };

  const repeatLost = async (pool: string, dispatched: number, oldestMs: number) => {
    const patienceMs = patience.get(pool) ?? vanishedMs;
    if (oldestMs < patienceMs) return;
    const counts = await broker.counts(pool);
    const empty = counts.ready === 0;
    const fewer = counts.ready < dispatched && oldestMs > unclaimedMs;
    if (!empty) patience.delete(pool);
    if (!empty && !fewer) return;
    const olderThanMs = empty ? patienceMs : unclaimedMs;
    const tasks = await redispatchTasks(db, pool, { olderThanMs, limit: batch });
    if (tasks.length === 0) return;
    patience.set(pool, Math.min(2 * patienceMs, unclaimedMs));
    metrics.redispatched(pool, tasks.length);
    log.warn({ pool, tasks: tasks.length, ...counts }, 'dispatched again what the broker lost');
    await publish(pool, tasks);
  };

  const running = loop();
  const listener = listen({
    database: deps.database,
    handlers: { [channels.dispatch]: wake },
    onConnected: wake,
    random: deps.random,
    log,
  });
  return {
    async stop() {
      stopped = true;
      wake();
      await Promise.all([running, listener.stop()]);
    },
  };
}

function toMessage(task: DispatchedTask, traceparent: string | undefined): TaskMessage {
  return { task_id: task.id, dispatch: task.dispatch, ...(traceparent && { traceparent }) };
}

function spanOf({ id, upload_id, dispatch, traceparent }: DispatchedTask): SpanOptions {
  const attributes = {
    'cricksy.upload': upload_id,
    'cricksy.task': id,
    'cricksy.dispatch': dispatch,
  };
  return { name: 'dispatch task', kind: 'producer', parent: traceparent ?? undefined, attributes };
}
