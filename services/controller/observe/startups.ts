// How long workers take from the creation of their pod to their registration, each told once.
import type { Scene } from './scene.ts';
import { type WorkerFact, workerOf } from './workers.ts';

export interface Startups {
  see(pool: string, scene: Scene, workers: readonly WorkerFact[]): void;
}

/** Pods that are older than `sinceMs` were told by whoever led then. */
export function createStartups(
  sinceMs: number,
  tell: (pool: string, seconds: number) => void,
): Startups {
  const told = new Map<string, ReadonlySet<string>>();
  return {
    see(pool, scene, workers) {
      const before = told.get(pool) ?? new Set();
      const started = scene.pods.flatMap((pod) => {
        const worker = workerOf(workers, pod);
        return worker && pod.createdMs >= sinceMs ? [{ pod, worker }] : [];
      });
      for (const { pod, worker } of started) {
        if (!before.has(pod.name)) tell(pool, Math.max(0, worker.startedMs - pod.createdMs) / 1000);
      }
      told.set(pool, new Set(started.map(({ pod }) => pod.name)));
    },
  };
}
