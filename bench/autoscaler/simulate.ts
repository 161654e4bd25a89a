// One trace, one scaler, one seed, in virtual time.
import type { PolicySettings, PoolSpec } from '../../services/controller/policy/types.ts';
import { createAgenda } from './agenda.ts';
import { type Counts, createCluster } from './cluster.ts';
import { observe } from './observe.ts';
import { podStartSeconds } from './pod-start-seconds.ts';
import { createRandom } from './random.ts';
import type { Scaler } from './scalers.ts';
import type { Trace } from './traces.ts';

export interface Run extends Counts {
  /** Of every task, from due to the claim of the attempt that ended it. */
  readonly waits: readonly number[];
  readonly unfinished: number;
  /** Every ten seconds. */
  readonly course: readonly Sample[];
}

export interface Sample {
  readonly at: number;
  readonly pods: number;
  readonly waiting: number;
}

export const slots = 2;
export const maxWorkers = 20;
/** What a pod has unless its owner says otherwise. */
export const graceSeconds = 30;
/** After the last arrival, so that scaling down is paid as well. */
const restSeconds = 900;
const sampleSeconds = 10;

type PolicyName = PolicySettings['name'];

/** With the defaults of an OcrWorkerPool. */
export const policies: {
  readonly [Name in PolicyName]: Extract<PolicySettings, { readonly name: Name }>;
} = {
  'work-seconds': { name: 'work-seconds', utilisation: 0.75, drainTarget: 15 },
  'queue-depth': { name: 'queue-depth', depthPerWorker: 4 },
};

/** The defaults of an OcrWorkerPool, but for its bounds. */
function specOf(trace: Trace, policy: PolicySettings): PoolSpec {
  return {
    bounds: { min: trace.min, max: maxWorkers },
    slots,
    policy,
    stabilisation: { downSeconds: 60, upSeconds: 0, panicRatio: 2 },
    spares: 0,
    schedule: [],
  };
}

export interface Conditions {
  readonly trace: Trace;
  readonly scaler: Scaler;
  /** Of our scaler; others have their own. */
  readonly policy: PolicySettings;
  readonly seed: number;
}

export function simulate({ trace, scaler, policy, seed }: Conditions): Run {
  const agenda = createAgenda();
  // What arrives is the same for every scaler; what else is left to chance is not drawn from it.
  const arrivals = trace.arrivals(createRandom(seed));
  const random = createRandom(seed + 1_000_003);
  const startSeconds = () => random.pick(podStartSeconds);
  const conditions = { slots, replicas: trace.min, startSeconds, graceSeconds };
  const cluster = createCluster(agenda, random, conditions);
  for (const upload of arrivals) {
    agenda.in(upload.atSeconds, () =>
      cluster.submit({
        upload,
        opens: true,
        dueAt: agenda.now(),
        first: 0,
        last: upload.pages.length - 1,
      }),
    );
  }
  scaler.start({
    agenda,
    cluster,
    random,
    spec: specOf(trace, policy),
    observe: (untilMs) => observe(agenda, cluster, untilMs),
  });
  const course: Sample[] = [];
  for (let at = 0; at <= trace.seconds + restSeconds; at += sampleSeconds) {
    agenda.runUntil(at);
    course.push({ at, pods: cluster.podsThere(), waiting: cluster.waiting().length });
  }
  return {
    ...cluster.settle(),
    waits: cluster.ended.map((one) => one.claimedAt - one.task.dueAt),
    unfinished: cluster.waiting().length + cluster.running().length,
    course,
  };
}
