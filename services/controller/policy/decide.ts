// How many workers there should be: arithmetic on what was seen, without a clock or a request.
// In this order: what is missing, costs, need, spares, withdrawn workers, schedule, bounds, time.
import { learn, nothingLearned, secondsOf, type UnitCost, unitCost } from './cost.ts';
import { clamp } from './numbers.ts';
import { queueDepth } from './queue-depth.ts';
import { type Scheduled, scheduled } from './schedule.ts';
import { type Change, sentenceFor } from './sentence.ts';
import { remember, type Stabilised, stabilise } from './stabilise.ts';
import type {
  Decision,
  Memory,
  Need,
  Observation,
  PoolSpec,
  Reading,
  Seen,
  Workers,
} from './types.ts';
import { workSeconds } from './work-seconds.ts';

/**
 * What has run for long goes on for at least this share of it: of tasks that look alike some take
 * minutes, and their slots are not there for others. Chosen in bench/autoscaler: without it these
 * are waited for, with a half of it they cost more pods than they save.
 */
const tail = 0.25;

/** What a controller knows that has never decided. */
export const noMemory: Memory = { recommendations: [], cost: nothingLearned };

export interface Decided {
  readonly decision: Decision;
  /** For the next decision. */
  readonly memory: Memory;
}

/**
 * `wanted` lies within the bounds unless something is missing: then it is what there is, and who
 * acts changes nothing.
 */
export function decide(spec: PoolSpec, observation: Observation, memory: Memory): Decided {
  const all = readings(observation);
  if (!all) return hold(spec, observation, memory);
  const { workers } = all;
  const cost = learn(memory.cost, all.ended);
  const unit = unitCost(cost);
  const seen = inSeconds(all, unit);
  const need = needOf(spec, seen);
  const schedule = scheduled(spec.schedule, observation.atMs);
  const { max } = spec.bounds;
  const min = Math.min(max, Math.max(spec.bounds.min, schedule.min));
  // Workers that somebody withdrew are there but take nothing: others do their work.
  const asked = need.workers + spec.spares + workers.withdrawn;
  const target = clamp(asked, min, max);
  const now = { atMs: observation.atMs, previous: workers.wanted, target };
  const steady = stabilise(spec.stabilisation, now, memory.recommendations);
  const wanted = clamp(steady.wanted, min, max);
  const bounds = { asked, target, min, max, schedule };
  const reason = reasonFor({ spec, workers, need, bounds, steady, wanted });
  const change = { wanted, previous: workers.wanted, reason };
  return {
    decision: {
      atMs: observation.atMs,
      ...change,
      sentence: sentenceFor({
        ...change,
        need: need.workers,
        min,
        max,
        seen,
        faults: schedule.faults,
      }),
      formula: need.formula,
      inputs: inputsOf(all, seen, unit, { need: need.workers, target, min, max }),
      missing: [],
    },
    memory: { recommendations: steady.recommendations, cost },
  };
}

function hold(spec: PoolSpec, { atMs, ...observation }: Observation, memory: Memory): Decided {
  const missing = Object.entries(observation).flatMap(
    ([name, reading]: [string, Reading<unknown>]) =>
      'missing' in reading ? [`${name}: ${reading.missing}`] : [],
  );
  const known = memory.recommendations.map((one) => one.wanted);
  const previous =
    'value' in observation.workers
      ? observation.workers.value.wanted
      : Math.max(spec.bounds.min, ...known);
  const held = { atMs, wanted: previous };
  return {
    decision: {
      ...held,
      previous,
      reason: 'SignalLost',
      sentence: `Nothing changes: ${missing.join('; ')}.`,
      formula: `hold = ${previous}`,
      inputs: { previous },
      missing,
    },
    memory: {
      ...memory,
      recommendations: remember(spec.stabilisation, held, memory.recommendations),
    },
  };
}

type Values = { [K in Exclude<keyof Observation, 'atMs'>]: ValueOf<Observation[K]> };
type ValueOf<R> = R extends { readonly value: infer T } ? T : never;

/** Undefined when one of them is missing. */
function readings(observation: Observation): Values | undefined {
  const { workers, backlog, running, arrivals, broker, ended } = observation;
  if (!('value' in workers && 'value' in backlog && 'value' in running)) return;
  if (!('value' in arrivals && 'value' in broker && 'value' in ended)) return;
  return {
    workers: workers.value,
    backlog: backlog.value,
    running: running.value,
    arrivals: arrivals.value,
    broker: broker.value,
    ended: ended.value,
  };
}

function inSeconds({ backlog, running, arrivals }: Values, unit: UnitCost): Seen {
  const { amount, windowSeconds } = arrivals;
  return {
    backlog: { tasks: backlog.amount.tasks, seconds: secondsOf(backlog.amount, unit) },
    running: {
      tasks: running.amount.tasks,
      seconds: Math.max(secondsOf(running.amount, unit), running.elapsedSeconds * tail),
    },
    arrivals: {
      perSecond: windowSeconds > 0 ? amount.tasks / windowSeconds : 0,
      serviceSeconds: amount.tasks > 0 ? secondsOf(amount, unit) / amount.tasks : 0,
    },
  };
}

function needOf({ policy, slots }: PoolSpec, seen: Seen): Need {
  switch (policy.name) {
    case 'work-seconds':
      return workSeconds.need(seen, policy, slots);
    case 'queue-depth':
      return queueDepth.need(seen, policy, slots);
  }
}

interface Course {
  readonly spec: PoolSpec;
  readonly workers: Workers;
  readonly need: Need;
  readonly bounds: {
    readonly asked: number;
    readonly target: number;
    readonly min: number;
    readonly max: number;
    readonly schedule: Scheduled;
  };
  readonly steady: Stabilised;
  readonly wanted: number;
}

/** The last thing that made the number what it is. */
function reasonFor({ spec, workers, need, bounds, steady, wanted }: Course): Change['reason'] {
  const { asked, target, min, max } = bounds;
  if (steady.isPanic && asked > min) return 'Panic';
  if (wanted !== target) return 'Stabilising';
  if (asked > max) return 'AtMaximum';
  if (asked < min) return min > spec.bounds.min ? 'Schedule' : 'AtMinimum';
  if (wanted < workers.wanted) return 'LessWork';
  if (wanted === workers.wanted) return 'Steady';
  return spec.spares > 0 && need.workers + workers.withdrawn <= workers.wanted
    ? 'Spares'
    : 'WorkWaits';
}

function inputsOf(
  { workers, backlog, running, arrivals, broker }: Values,
  seen: Seen,
  unit: UnitCost,
  numbers: Readonly<Record<'need' | 'target' | 'min' | 'max', number>>,
): Record<string, number> {
  return {
    ...numbers,
    previous: workers.wanted,
    ready: workers.ready,
    starting: workers.starting,
    draining: workers.draining,
    withdrawn: workers.withdrawn,
    backlogTasks: seen.backlog.tasks,
    backlogPages: backlog.amount.pages,
    backlogSeconds: seen.backlog.seconds,
    oldestSeconds: backlog.oldestSeconds,
    runningTasks: seen.running.tasks,
    runningSeconds: seen.running.seconds,
    elapsedSeconds: running.elapsedSeconds,
    arrivalsPerSecond: seen.arrivals.perSecond,
    arrivalsWindowSeconds: arrivals.windowSeconds,
    serviceSeconds: seen.arrivals.serviceSeconds,
    brokerReady: broker.ready,
    brokerUnacknowledged: broker.unacknowledged,
    openedSecondsEach: unit.openedSeconds,
    pageSecondsEach: unit.pageSeconds,
    megapixelSecondsEach: unit.megapixelSeconds,
  };
}
