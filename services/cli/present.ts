// What operators are shown, as lines for people.
import type { PoolEntry, SwitchEntry, TaskEntry, WorkerEntry } from '#core/operation-messages.ts';
import { ago } from './duration.ts';

export function describeTask({ upload_id, filename, first_page, last_page }: TaskEntry): string {
  const pages = first_page === null ? [] : [`pages ${first_page} to ${last_page}`];
  return [upload_id, filename, ...pages].join('  ');
}

export function describeWorker(worker: WorkerEntry, now: number): string {
  return [
    worker.name,
    worker.worker_id,
    `pool ${worker.pool}`,
    stateOf(worker),
    `${worker.busy} of ${worker.slots} slots busy`,
    worker.engine ?? 'no engine',
    `version ${worker.version ?? 'unknown'}`,
    `up ${ago(worker.started_at, now)}`,
    `heard of ${ago(worker.heartbeat_at, now)} ago`,
  ].join('  ');
}

function stateOf({ state, drained, drain_owner, drain_until, drain_reason }: WorkerEntry): string {
  if (state !== 'draining') return state;
  const why = drain_reason === null ? '' : ` (${drain_reason})`;
  return `${drained ? 'drained' : state} by ${drain_owner} until ${drain_until}${why}`;
}

/** One line, and one for each task that comes next. */
export function describePool(entry: PoolEntry, now: number): string {
  const { pool, paused, depth, waiting, delayed, dispatched, running, ready, unacknowledged } =
    entry;
  const broker =
    ready === null
      ? `${dispatched} dispatched, ${running} being read`
      : `${ready} ready, ${unacknowledged} unacknowledged (${running} being read)`;
  const head = [
    pool,
    ...(paused ? ['paused'] : []),
    `depth ${depth}`,
    `${waiting} waiting (${delayed} until later), ${broker}`,
    `${entry.slots} slots`,
    ...(entry.oldest_at === null ? [] : [`oldest ${ago(entry.oldest_at, now)}`]),
  ].join('  ');
  const next = entry.next.map((task, index) => `  ${index + 1}  ${describeTask(task)}`);
  return [head, ...next].join('\n');
}

export function describeSwitch({ feature, pool, allowed, on, ...change }: SwitchEntry): string {
  const state = allowed ? (on ? 'on' : 'off') : 'off by the settings of the server';
  const { changed_by, changed_at, reason } = change;
  return [
    pool === null ? feature : `${feature} of the pool ${pool}`,
    state,
    ...(changed_by === null ? [] : [`by ${changed_by}`, `since ${changed_at}`]),
    ...(reason === null ? [] : [reason]),
  ].join('  ');
}
