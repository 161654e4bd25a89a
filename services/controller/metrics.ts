import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '#core/metrics.ts';
import type { Census } from './observe/workers.ts';
import type { Decision } from './policy/types.ts';

export interface ControllerMetrics {
  leads(is: boolean): void;
  /** These there are: of others nothing is told any more. */
  pools(names: readonly string[]): void;
  decided(pool: string, seen: Decided): void;
  started(pool: string, seconds: number): void;
  /** As the ledger counts them; never falls. */
  terminated(pool: string, attempts: number): void;
}

export interface Decided {
  readonly decision: Decision;
  readonly census: Census | undefined;
  readonly shadowWorkers: number;
  readonly seconds: number;
}

/** Only a leader sees and decides: without it the series are absent, not zero. */
export function controllerMetrics(metrics: Metrics): ControllerMetrics {
  const registers = [metrics];
  const labelNames = ['pool'] as const;
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `cricksy_ocr_autoscaler_${name}`, help, labelNames, registers });
  const leader = new Gauge({
    name: 'cricksy_ocr_autoscaler_leader',
    help: '1 on the controller that scales.',
    registers,
  });
  const workers = {
    ready: gauge('ready_workers', 'Workers that take work.'),
    busy: gauge('busy_workers', 'Workers that read something.'),
    idle: gauge('idle_workers', 'Workers that read nothing and may.'),
    draining: gauge('draining_workers', 'Workers that finish what they hold before they end.'),
    starting: gauge('starting_workers', 'Pods on their way; they count as capacity.'),
  };
  const wanted = gauge('wanted_workers', 'Workers as decided last.');
  const waiting = gauge('waiting_seconds', 'Work that waits, in seconds of one slot.');
  const shadow = gauge('shadow_workers', 'What KEDA and an HPA would want with their defaults.');
  const seconds = new Histogram({
    name: 'cricksy_ocr_autoscaler_decision_seconds',
    help: 'What one look and its decision took.',
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const startup = new Histogram({
    name: 'cricksy_ocr_autoscaler_worker_startup_seconds',
    help: 'From the creation of a pod to the registration of its worker.',
    labelNames,
    buckets: [1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300],
    registers,
  });
  const decisions = new Counter({
    name: 'cricksy_ocr_autoscaler_decisions_total',
    help: 'Decisions by their reason.',
    labelNames: ['pool', 'reason'],
    registers,
  });
  const terminated = new Counter({
    name: 'cricksy_ocr_autoscaler_terminated_while_busy_total',
    help: 'Attempts that ended because our scale-down took their worker; meant to stay 0.',
    labelNames,
    registers,
  });
  const told = new Map<string, number>();
  const series = [...Object.values(workers), wanted, waiting, shadow, terminated];
  /** Of which something is told. */
  const known = new Set<string>();
  let leads = false;
  leader.set(0);

  return {
    leads(is) {
      leads = is;
      leader.set(is ? 1 : 0);
      for (const one of series) one.reset();
      told.clear();
      known.clear();
    },
    pools(names) {
      for (const pool of known) {
        if (names.includes(pool)) continue;
        for (const one of series) one.remove({ pool });
        told.delete(pool);
        known.delete(pool);
      }
    },
    decided(pool, { decision, census, ...rest }) {
      // A look may end after the lead: what it saw would stand there for ever.
      if (!leads) return;
      known.add(pool);
      wanted.set({ pool }, decision.wanted);
      shadow.set({ pool }, rest.shadowWorkers);
      seconds.observe({ pool }, rest.seconds);
      decisions.inc({ pool, reason: decision.reason });
      const waits = decision.inputs['backlogSeconds'];
      if (waits === undefined) waiting.remove({ pool });
      else waiting.set({ pool }, waits);
      for (const state of Object.keys(workers) as (keyof typeof workers)[]) {
        if (census) workers[state].set({ pool }, census[state]);
        else workers[state].remove({ pool });
      }
    },
    started: (pool, took) => startup.observe({ pool }, took),
    terminated(pool, attempts) {
      if (!leads) return;
      known.add(pool);
      const before = told.get(pool) ?? 0;
      terminated.inc({ pool }, Math.max(0, attempts - before));
      told.set(pool, attempts);
    },
  };
}
