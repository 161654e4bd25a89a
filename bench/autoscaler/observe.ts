// What a controller would see of the simulated pool.
import type { Amount, EndedTask, Observation } from '../../services/controller/policy/types.ts';
import { sum } from '../statistics.ts';
import type { Agenda } from './agenda.ts';
import type { Cluster, EndedAttempt } from './cluster.ts';
import type { Task } from './work.ts';

const windowSeconds = 60;

export function observe(agenda: Agenda, cluster: Cluster, learnedUntilMs: number): Observation {
  const now = agenda.now();
  const alive = cluster.alive();
  const isDraining = alive.filter((pod) => pod.isDraining).length;
  const starting = alive.filter((pod) => pod.state === 'starting').length;
  const waiting = cluster.waiting();
  const running = cluster.running();
  const oldest = Math.min(now, ...waiting.map((task) => task.dueAt));
  const unrecorded = running.map(({ task, attempt, claimedAt }) => ({
    ...task,
    first: task.first + attempt.recorded(now - claimedAt),
  }));
  const elapsedSeconds = sum(running.map((one) => now - one.claimedAt));
  const arrived = since(cluster.created, (task) => task.dueAt, now - windowSeconds);
  const ended = since(cluster.ended, (one) => one.endedAt * 1000, learnedUntilMs);
  return {
    atMs: now * 1000,
    workers: {
      value: {
        wanted: alive.length,
        ready: alive.length - starting - isDraining,
        starting,
        draining: isDraining,
        withdrawn: 0,
      },
    },
    backlog: { value: { amount: amountOf(waiting), oldestSeconds: now - oldest } },
    running: { value: { amount: amountOf(unrecorded), elapsedSeconds } },
    arrivals: { value: { amount: amountOf(arrived), windowSeconds } },
    broker: { value: { ready: waiting.length, unacknowledged: running.length } },
    ended: { value: ended.map(endedTask) },
  };
}

/** The end of a list in ascending order. */
function since<T>(list: readonly T[], moment: (one: T) => number, after: number): readonly T[] {
  let from = list.length;
  while (from > 0 && moment(list[from - 1] as T) > after) from--;
  return list.slice(from);
}

function amountOf(tasks: readonly Task[]): Amount {
  const ranges = tasks.filter((task) => !task.opens);
  const pages = ranges.flatMap((task) => task.upload.pages.slice(task.first, task.last + 1));
  return {
    tasks: tasks.length,
    unopened: tasks.length - ranges.length,
    pages: pages.length,
    measuredPages: pages.length,
    megapixels: sum(pages.map((page) => page.megapixels)),
  };
}

function endedTask({ task, attempt, claimedAt, endedAt }: EndedAttempt): EndedTask {
  const pages = task.upload.pages.slice(task.first, task.last + 1);
  return {
    endedAtMs: endedAt * 1000,
    opened: task.opens,
    pages: attempt.ranges.length > 0 ? 1 : pages.length,
    megapixels: sum(pages.map((page) => page.megapixels)),
    seconds: endedAt - claimedAt,
  };
}
