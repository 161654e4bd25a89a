// One task, from its message to its acknowledgement. Whatever happens in between, the ledger
// decides what the outcome was; a message is only ever a hint that there is something to do.
import type { Broker, Delivery } from '#core/broker/broker.ts';
import { type AppError, toAppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { type ClaimResult, claimTask, type Held } from '#core/ledger/tasks/claim.ts';
import { failTask } from '#core/ledger/tasks/fail.ts';
import { finishTask } from '#core/ledger/tasks/finish.ts';
import { giveBackTask } from '#core/ledger/tasks/give-back.ts';
import type { Log } from '#core/log.ts';
import type { Tracing } from '#core/tracing.ts';
import type { WorkerMetrics } from './metrics.ts';
import { persist } from './persist.ts';
import { type Place, type ReadDependencies, readTask } from './read-task.ts';
import type { Running, RunningTask } from './running.ts';
import type { SelfDrain } from './self-drain.ts';
import { createStages, type Stages } from './stages.ts';

export interface WorkDependencies extends ReadDependencies {
  readonly db: Database;
  readonly broker: Pick<Broker, 'request'>;
  readonly running: Running;
  readonly self: { readonly id: string; readonly name: string };
  readonly leaseMs: number;
  /** Tells the dispatcher that work waits, listeners that something happened. */
  readonly wake: { dispatch(): void; events(): void };
  /** In [0, 1). */
  readonly random: () => number;
  readonly metrics: WorkerMetrics;
  readonly tracing: Tracing;
  readonly log: Log;
  /** The worker may not claim: it is draining, or unknown to the ledger. */
  readonly onRefused: () => Promise<void>;
  /** Is told how tasks end: a worker that fails everything takes no more. */
  readonly selfDrain: SelfDrain;
}

export async function work(delivery: Delivery, deps: WorkDependencies): Promise<void> {
  const claimed = await claimFor(delivery, deps);
  switch (claimed.kind) {
    case 'refused':
      await deps.onRefused();
      return delivery.giveBack();
    case 'stale':
    case 'held': // alive elsewhere; if it dies after all, its lease ends and the task is dispatched anew
      return delivery.ack();
    case 'poisoned':
      deps.metrics.lost(1);
      deps.wake.events();
      return delivery.ack();
    case 'adopt':
    case 'claimed': {
      const own = deps.running.find(claimed.task.id);
      if (own?.claim.attempt !== claimed.attempt) return run(delivery, claimed, deps);
      own.delivery = delivery;
    }
  }
}

async function claimFor(delivery: Delivery, deps: WorkDependencies): Promise<ClaimResult> {
  const { task_id, dispatch } = delivery.message;
  const request = {
    taskId: task_id,
    dispatch,
    workerId: deps.self.id,
    workerName: deps.self.name,
    leaseMs: deps.leaseMs,
  };
  const result = await persist(deps.log, () => claimTask(deps.db, request));
  if (result.kind !== 'held') return result;
  if (await answers(result.holder.workerId, deps)) return result;
  return persist(deps.log, () => claimTask(deps.db, { ...request, silentHolder: result.holder }));
}

/** False only when the broker works and the worker stays silent for a second. */
async function answers(workerId: string, { broker, log }: WorkDependencies): Promise<boolean> {
  try {
    const command = { command: 'ping', worker_id: workerId } as const;
    const replies = await broker.request(command, { waitMs: 1_000, replies: 1 });
    return replies.length > 0;
  } catch (error) {
    log.warn({ error, workerId }, 'holder could not be pinged');
    return true;
  }
}

async function run(delivery: Delivery, held: Held, deps: WorkDependencies): Promise<void> {
  const { task, upload, attempt } = held;
  const running: RunningTask = {
    claim: { taskId: task.id, attempt, workerId: deps.self.id },
    uploadId: upload.id,
    filename: upload.filename,
    startedAt: new Date(),
    delivery,
    abort: new AbortController(),
  };
  const ids = { taskId: task.id, attempt };
  const log = deps.log.child({ uploadId: upload.id, requestId: upload.request_id, ...ids });
  deps.running.add(running);
  deps.wake.events();
  if (held.more) deps.wake.dispatch();
  tellClaim(held, { ...deps, log });
  const started = performance.now();
  const span = {
    name: 'read task',
    kind: 'consumer',
    parent: delivery.message.traceparent ?? upload.traceparent ?? undefined,
    attributes: {
      'cricksy.upload': upload.id,
      'cricksy.task': task.id,
      'cricksy.attempt': attempt,
    },
  } as const;
  try {
    await deps.tracing.span(span, (traceparent) =>
      readAndSettle(running, held, createStages(deps, traceparent), { ...deps, log }),
    );
  } finally {
    deps.metrics.task(task.kind, (performance.now() - started) / 1_000);
    deps.running.remove(running);
    await running.delivery.ack();
    deps.wake.events();
  }
}

function tellClaim(held: Held, { metrics, log }: Pick<WorkDependencies, 'metrics' | 'log'>): void {
  const { task, waited } = held;
  if (waited !== undefined) metrics.stage('wait', waited);
  if (held.tookOver) metrics.lost(1);
  log.info({ kind: task.kind, waited, tookOver: held.tookOver }, 'task claimed');
}

async function readAndSettle(
  running: RunningTask,
  { task, upload }: Held,
  stages: Stages,
  deps: WorkDependencies,
): Promise<void> {
  const { claim } = running;
  const { log, metrics } = deps;
  const place: Place = { page: undefined, pageCount: undefined };
  try {
    const finish = await readTask(
      { task, upload, claim, place, stages },
      running.abort.signal,
      deps,
    );
    const after = await stages.timed('commit', () =>
      persist(log, () => finishTask(deps.db, claim, finish)),
    );
    metrics.attempt('done');
    log.info({ pages: after.pages_done, ranges: finish.ranges.length }, 'task done');
    deps.selfDrain.read(upload.id);
    if (finish.ranges.length > 0) deps.wake.dispatch();
  } catch (thrown) {
    deps.selfDrain.failed(upload.id, thrown);
    await settle(running, toAppError(thrown), place, deps);
  }
}

/** The claim may have passed to another while the error came up: then there is nothing left to settle. */
async function settle(
  { claim }: RunningTask,
  error: AppError,
  place: Place,
  deps: WorkDependencies,
): Promise<void> {
  const { log, metrics } = deps;
  try {
    switch (error.outcome) {
      case 'drop':
        return drop(error, deps);
      case 'give_back':
        await persist(log, () => giveBackTask(deps.db, claim));
        metrics.attempt('given_back', error.code);
        log.info({}, 'task given back');
        break;
      default: {
        const failure = { error, ...place, random: deps.random() };
        const became = await persist(log, () => failTask(deps.db, claim, failure));
        metrics.attempt('failed', error.code);
        const level = error.outcome === 'fail' ? 'info' : 'warn';
        log[level](
          { code: error.code, page: place.page, became, error: error.cause ?? error },
          'task failed',
        );
      }
    }
    deps.wake.dispatch();
  } catch (thrown) {
    const settled = toAppError(thrown);
    if (settled.outcome === 'drop') return drop(settled, deps);
    metrics.attempt('failed', error.code);
    log.error({ error: thrown }, 'outcome of a task could not be recorded');
  }
}

function drop(
  { code }: AppError,
  { log, metrics }: Pick<WorkDependencies, 'log' | 'metrics'>,
): void {
  metrics.attempt(code === 'task.cancelled' ? 'cancelled' : 'lost', code);
  log.info({ code }, 'task dropped');
}
