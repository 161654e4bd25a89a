// An observation for tests: an idle pool of one worker, with what matters said by the test.
import type { Amount, EndedTask, Observation, PoolSpec, Workers } from './types.ts';

export const startMs = Date.UTC(2026, 5, 1, 12);

export const spec: PoolSpec = {
  bounds: { min: 0, max: 20 },
  slots: 2,
  policy: { name: 'work-seconds', utilisation: 0.8, drainTarget: 30 },
  stabilisation: { downSeconds: 60, upSeconds: 0, panicRatio: 2 },
  spares: 0,
  schedule: [],
};

export const nothing: Amount = {
  tasks: 0,
  unopened: 0,
  pages: 0,
  measuredPages: 0,
  megapixels: 0,
};

/** Tasks that open an upload: a second each, as long as nothing was learned. */
export function uploads(tasks: number): Amount {
  return { ...nothing, tasks, unopened: tasks };
}

export interface Sight {
  readonly atSeconds?: number;
  readonly workers?: number;
  readonly withdrawn?: number;
  readonly backlog?: Amount;
  readonly running?: Amount;
  readonly arrivals?: Amount;
  readonly ended?: readonly EndedTask[];
}

export function observe(sight: Sight = {}): Observation {
  const wanted = sight.workers ?? 1;
  const withdrawn = sight.withdrawn ?? 0;
  const workers: Workers = { wanted, ready: wanted, starting: 0, draining: 0, withdrawn };
  const backlog = sight.backlog ?? nothing;
  const running = sight.running ?? nothing;
  return {
    atMs: startMs + (sight.atSeconds ?? 0) * 1000,
    workers: { value: workers },
    backlog: { value: { amount: backlog, oldestSeconds: 0 } },
    running: { value: { amount: running, elapsedSeconds: 0 } },
    arrivals: { value: { amount: sight.arrivals ?? nothing, windowSeconds: 60 } },
    broker: { value: { ready: backlog.tasks, unacknowledged: running.tasks } },
    ended: { value: sight.ended ?? [] },
  };
}
