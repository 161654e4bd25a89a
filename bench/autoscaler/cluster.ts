// Workers in virtual time: pods of one ReplicaSet that start, take tasks, are drained or ended.
import type { Agenda } from './agenda.ts';
import type { Random } from './random.ts';
import { type Attempt, attempt, type Task } from './work.ts';

export interface Conditions {
  readonly slots: number;
  /** Pods that are ready from the beginning. */
  readonly replicas: number;
  /** From a pod's creation until it takes tasks. */
  startSeconds(): number;
  /** From SIGTERM to SIGKILL; until then a worker finishes what it holds. */
  readonly graceSeconds: number;
}

export interface Running {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly claimedAt: number;
}

export interface Pod {
  readonly createdAt: number;
  state: 'starting' | 'ready' | 'ending';
  readyAt: number;
  /** By the controller: takes no more, and turns not ready once it holds nothing. */
  isDraining: boolean;
  drainedAt: number | undefined;
  readonly running: Set<Running>;
}

export interface EndedAttempt extends Running {
  readonly endedAt: number;
}

export interface Counts {
  podSeconds: number;
  scaleActions: number;
  /** Pods that were ended while they read something. */
  endedBusy: number;
  /** Attempts that the grace period did not suffice for: read again from the last record on. */
  cutOff: number;
  mostPods: number;
}

/** An idle worker exits within this time after SIGTERM. */
const exitSeconds = 1;

export type Cluster = ReturnType<typeof createCluster>;

export function createCluster(agenda: Agenda, random: Random, conditions: Conditions) {
  const pods: Pod[] = [];
  const openers: Task[] = [];
  const ranges: Task[] = [];
  const created: Task[] = [];
  const ended: EndedAttempt[] = [];
  const counts: Counts = { podSeconds: 0, scaleActions: 0, endedBusy: 0, cutOff: 0, mostPods: 0 };
  let turn = 0;

  const alive = () => pods.filter((pod) => pod.state !== 'ending');

  /** Uploads are opened before long ones go on, as fair shares have it; within each by age. */
  function take(): Task | undefined {
    return openers.shift() ?? ranges.shift();
  }

  /** Pods take turns, as the consumers of a queue do. */
  function dispatch(): void {
    const free = (pod: Pod) =>
      pod.state === 'ready' && !pod.isDraining && pod.running.size < conditions.slots;
    while (openers.length + ranges.length > 0) {
      const order = [...pods.slice(turn % pods.length), ...pods.slice(0, turn % pods.length)];
      const pod = order.find(free);
      const task = pod && take();
      if (!task) return;
      turn = pods.indexOf(pod) + 1;
      claim(pod, task);
    }
  }

  function claim(pod: Pod, task: Task): void {
    const liveSlots = conditions.slots * pods.filter((one) => one.state === 'ready').length;
    const running = { task, attempt: attempt(task, liveSlots), claimedAt: agenda.now() };
    pod.running.add(running);
    agenda.in(running.attempt.seconds, () => finish(pod, running));
  }

  function finish(pod: Pod, running: Running): void {
    if (!pod.running.delete(running)) return;
    ended.push({ ...running, endedAt: agenda.now() });
    for (const range of running.attempt.ranges) {
      submit({ ...range, upload: running.task.upload, opens: false, dueAt: agenda.now() });
    }
    freed(pod);
    dispatch();
  }

  function freed(pod: Pod): void {
    if (pod.running.size > 0) return;
    if (pod.state === 'ending') remove(pod);
    else if (pod.isDraining) pod.drainedAt = agenda.now();
  }

  function submit(task: Task): void {
    created.push(task);
    (task.opens ? openers : ranges).push(task);
    dispatch();
  }

  function create(startSeconds: number): void {
    const pod: Pod = {
      createdAt: agenda.now(),
      state: 'starting',
      readyAt: Number.POSITIVE_INFINITY,
      isDraining: false,
      drainedAt: undefined,
      running: new Set(),
    };
    pods.push(pod);
    agenda.in(startSeconds, () => {
      if (pod.state !== 'starting') return;
      pod.state = 'ready';
      pod.readyAt = agenda.now();
      dispatch();
    });
  }

  function end(pod: Pod): void {
    pod.state = 'ending';
    if (pod.running.size === 0) {
      agenda.in(exitSeconds, () => remove(pod));
      return;
    }
    counts.endedBusy++;
    agenda.in(conditions.graceSeconds, () => {
      for (const running of pod.running) cutOff(running);
      pod.running.clear();
      remove(pod);
      dispatch();
    });
  }

  function cutOff({ task, attempt: of, claimedAt }: Running): void {
    counts.cutOff++;
    const first = task.first + of.recorded(agenda.now() - claimedAt);
    (task.opens ? openers : ranges).unshift({ ...task, first: Math.min(first, task.last) });
  }

  function remove(pod: Pod): void {
    const at = pods.indexOf(pod);
    if (at < 0) return;
    pods.splice(at, 1);
    counts.podSeconds += agenda.now() - pod.createdAt;
  }

  /** In the order of the ReplicaSet controller, whose ranks of ready pods double with their age. */
  function victims(howMany: number): Pod[] {
    const rank = (pod: Pod) => {
      if (pod.state === 'starting') return -2;
      if (pod.drainedAt !== undefined) return -1;
      return Math.floor(Math.log2(Math.max(1, agenda.now() - pod.readyAt)));
    };
    const ranked = alive().map((pod) => ({ pod, rank: rank(pod), chance: random.next() }));
    ranked.sort((a, b) => a.rank - b.rank || a.chance - b.chance);
    return ranked.slice(0, howMany).map((one) => one.pod);
  }

  for (let i = 0; i < conditions.replicas; i++) create(0);

  return {
    /** All tasks, in the order of their creation. */
    created,
    ended,
    alive,
    /** Those included that are ending. */
    podsThere: () => pods.length,
    submit,
    waiting: (): readonly Task[] => [...openers, ...ranges],
    running: (): Running[] => pods.flatMap((pod) => [...pod.running]),
    /** What the Deployment's `replicas` do. */
    scaleTo(replicas: number): void {
      const there = alive().length;
      if (replicas === there) return;
      counts.scaleActions++;
      for (let i = there; i < replicas; i++) create(conditions.startSeconds());
      for (const pod of victims(Math.max(0, there - replicas))) end(pod);
      counts.mostPods = Math.max(counts.mostPods, replicas);
    },
    drain(pod: Pod): void {
      pod.isDraining = true;
      freed(pod);
    },
    undrain(pod: Pod): void {
      pod.isDraining = false;
      pod.drainedAt = undefined;
      dispatch();
    },
    /** Pods that are still there are paid until now. */
    settle(): Counts {
      for (const pod of pods) counts.podSeconds += agenda.now() - pod.createdAt;
      return counts;
    },
  };
}
