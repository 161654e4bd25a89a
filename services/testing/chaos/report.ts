// The ledger of a run, for people: what was promised, what became of it, how quickly.
import { isClean, type Verdict } from './check.ts';
import type { AttemptFact } from './evidence.ts';
import { describeFault, type Fault, type FaultKind, type Planned } from './schedule.ts';

export interface Injected {
  readonly fault: Fault;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

export interface Recovery {
  readonly kind: FaultKind;
  readonly times: number;
  /** From the end of the fault to the next finished task: the slowest, milliseconds. */
  readonly slowestMs: number;
}

/** Faults after which no task was left to finish say nothing about recovery. */
export function recoveries(
  injected: readonly Injected[],
  attempts: readonly AttemptFact[],
): Recovery[] {
  const ends = attempts
    .flatMap(({ outcome, endedAt }) => (outcome === 'done' && endedAt !== null ? [endedAt] : []))
    .sort((a, b) => a - b);
  const waits = injected.flatMap(({ fault, until }) => {
    const next = ends.find((end) => end >= until);
    return next === undefined ? [] : [{ kind: fault.kind, ms: next - until }];
  });
  return [...Map.groupBy(waits, (wait) => wait.kind)].map(([kind, all]) => ({
    kind,
    times: all.length,
    slowestMs: Math.round(Math.max(...all.map(({ ms }) => ms))),
  }));
}

/** From kill -9 of a worker to each of its tasks running elsewhere, milliseconds. */
export function handovers(
  injected: readonly Injected[],
  attempts: readonly AttemptFact[],
): number[] {
  const kills = injected.flatMap(({ fault, from }) =>
    fault.kind === 'kill-worker' ? [{ worker: `worker-${fault.member}`, at: from }] : [],
  );
  return kills.flatMap(({ worker, at }) =>
    attempts
      .filter((one) => one.worker === worker && one.startedAt < at && one.outcome === 'lost')
      .filter((one) => (one.endedAt ?? 0) >= at)
      .flatMap((lost) => {
        const next = attempts.find(
          (one) => one.taskId === lost.taskId && one.attempt === lost.attempt + 1,
        );
        return next ? [Math.round(next.startedAt - at)] : [];
      }),
  );
}

export function renderSchedule(seed: number, plan: readonly Planned[]): string {
  const lines = plan.map(({ atMs, fault }) => `  ${seconds(atMs)}  ${describeFault(fault)}`);
  return [`schedule of seed ${seed}`, ...lines, ''].join('\n');
}

export function renderVerdict(
  verdict: Verdict,
  recovered: readonly Recovery[],
  handover: readonly number[],
): string {
  const { attempted, acknowledged, rejected, orphans } = verdict;
  const lists = ['lost', 'duplicated', 'unexpected', 'stuck', 'gaps', 'repeats'] as const;
  const row = (name: string, value: number) => `  ${name.padEnd(16)}${String(value).padStart(6)}`;
  return [
    'ledger of the run',
    row('attempted', attempted),
    row('acknowledged', acknowledged),
    row('rejected', rejected),
    row('recovered', verdict.recovered),
    ...lists.map((name) => row(name, verdict[name].length)),
    row('orphaned objects', orphans),
    ...lists.flatMap((name) => verdict[name].map((line) => `  ${name}: ${line}`)),
    '',
    'slowest recovery: from the end of the fault to the next finished task',
    ...recovered.map(
      ({ kind, times, slowestMs }) => `  ${kind.padEnd(16)}${seconds(slowestMs)}  of ${times}`,
    ),
    ...(handover.length > 0
      ? [
          '',
          `kill -9 of a busy worker to its task running elsewhere: ${handover.length} times, ` +
            `slowest ${seconds(Math.max(...handover)).trim()}`,
        ]
      : []),
    '',
    isClean(verdict) ? 'CLEAN: nothing lost, nothing twice' : 'NOT CLEAN',
    '',
  ].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2).padStart(7)} s`;
}
