// The workers of a pool: what the ledger says of them, and how that counts beside their pods.
import { overdueMs } from '#core/domain/lease.ts';
import { drainOwner } from '#core/ledger/scaling/epoch.ts';
import type { ObservedWorker } from '#core/ledger/scaling/observe-workers.ts';
import type { Workers } from '../policy/types.ts';
import type { Scene, ScenePod } from './scene.ts';

export interface WorkerFact {
  /** Its pod's. */
  readonly name: string;
  readonly busy: number;
  readonly state: 'active' | 'draining';
  readonly drainedByUs: boolean;
  /** Since then it holds nothing and claims nothing. */
  readonly drained: boolean;
  /** Of a drain of ours; below 0: it took too long. */
  readonly drainSecondsLeft: number;
  /** Its heartbeats arrive. */
  readonly alive: boolean;
  readonly startedMs: number;
}

export function factOf(worker: ObservedWorker): WorkerFact {
  return {
    name: worker.name,
    busy: worker.busy,
    state: worker.state,
    drainedByUs: worker.state === 'draining' && worker.drainOwner === drainOwner,
    drained: worker.state === 'draining' && worker.drainedAt !== null,
    drainSecondsLeft: worker.drainSecondsLeft ?? 0,
    alive: worker.heartbeatAgeSeconds * 1000 < overdueMs,
    startedMs: worker.startedAt.getTime(),
  };
}

/** Processes of one pod follow each other; the last one is meant. */
export function workerOf(
  workers: readonly WorkerFact[],
  pod: Pick<ScenePod, 'name'>,
): WorkerFact | undefined {
  const own = workers.filter((worker) => worker.name === pod.name);
  return own.toSorted((a, b) => b.startedMs - a.startedMs)[0];
}

/** Each pod once, as what it is for the work. */
export interface Census extends Workers {
  /** Of those that are ready. */
  readonly busy: number;
  readonly idle: number;
}

export function census(scene: Scene, workers: readonly WorkerFact[]): Census {
  const sum = { ready: 0, starting: 0, draining: 0, withdrawn: 0, busy: 0, idle: 0 };
  for (const pod of scene.pods) {
    const worker = workerOf(workers, pod);
    if (worker?.drainedByUs) sum.draining++;
    else if (worker?.state === 'draining') sum.withdrawn++;
    else if (!pod.ready || !worker?.alive) sum.starting++;
    else {
      sum.ready++;
      if (worker.busy > 0) sum.busy++;
      else sum.idle++;
    }
  }
  return { wanted: scene.replicas, ...sum };
}
