// Our scaling policy beside KEDA with the HPA's defaults, in virtual time: `make bench-autoscaler`,
// with POLICY= for another one than the default.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PolicySettings } from '../../services/controller/policy/types.ts';
import { publish } from '../report.ts';
import { mean, quantile, spread, sum } from '../statistics.ts';
import { format, type Target } from '../targets.ts';
import { draw } from './chart.ts';
import { podStartSeconds } from './pod-start-seconds.ts';
import { keda, ours, type Scaler } from './scalers.ts';
import { graceSeconds, maxWorkers, policies, type Run, simulate, slots } from './simulate.ts';
import { type Trace, traces } from './traces.ts';

/** Others than those with which the defaults of the policy were chosen. */
const seeds = [101, 102, 103, 104, 105];
const policy = policyNamed(process.env['POLICY'] || 'work-seconds');
/** Figures of the default stand under the benchmark's own name. */
const report = policy.name === 'work-seconds' ? 'autoscaler' : `autoscaler-${policy.name}`;
/** Messages a replica that give each slot two, the sensible value here; one for each slot; KEDA's own default. */
const peer = keda(2 * slots);
const scalers = [ours, peer, keda(slots), keda(20)];

interface Result {
  readonly scaler: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Of these and the next, means over the seeds. */
  readonly podSeconds: number;
  readonly mostPods: number;
  readonly scaleActions: number;
  readonly endedBusy: number;
  readonly cutOff: number;
}

const results = traces.map((trace) => {
  const all = scalers.map((scaler) => ({
    scaler,
    runs: seeds.map((seed) => run(trace, scaler, seed)),
  }));
  const courses = all.slice(0, 2).map(({ scaler, runs }) => ({
    name: scaler.name,
    samples: runs[0]?.course ?? [],
  }));
  const file = path.join(import.meta.dirname, `../results/${report}-${trace.name}.svg`);
  writeFileSync(file, draw(`${trace.name}: ${trace.what}`, courses));
  return { trace, rows: all.map(({ scaler, runs }) => summarise(scaler, runs)) };
});

function policyNamed(wanted: string): PolicySettings {
  const found = Object.values(policies).find(({ name }) => name === wanted);
  if (!found) throw new Error(`POLICY: one of ${Object.keys(policies).join(', ')}`);
  return found;
}

function run(trace: Trace, scaler: Scaler, seed: number): Run {
  const one = simulate({ trace, scaler, policy, seed });
  if (one.unfinished > 0)
    throw new Error(`${scaler.name} left ${one.unfinished} tasks of ${trace.name}`);
  return one;
}

function summarise(scaler: Scaler, runs: readonly Run[]): Result {
  const waits = runs.flatMap((one) => one.waits);
  const of = (value: (one: Run) => number) => mean(runs.map(value));
  return {
    scaler: scaler.name,
    p50: quantile(waits, 0.5),
    p95: quantile(waits, 0.95),
    p99: quantile(waits, 0.99),
    max: quantile(waits, 1),
    podSeconds: of((one) => one.podSeconds),
    mostPods: of((one) => one.mostPods),
    scaleActions: of((one) => one.scaleActions),
    endedBusy: of((one) => one.endedBusy),
    cutOff: of((one) => one.cutOff),
  };
}

function targetsOf({ trace, rows }: (typeof results)[number]): Target[] {
  const [own, theirs] = rows;
  if (!own || !theirs) return [];
  const ratio = (name: string, value: number): Target => ({
    name: `${trace.name}: ${name} beside ${theirs.scaler}`,
    value,
    unit: '',
    want: { atMost: 1 },
  });
  return [
    ratio('p95 of waiting', own.p95 / theirs.p95),
    ratio('pod-seconds', own.podSeconds / theirs.podSeconds),
  ];
}

const columns = [
  '',
  'p50',
  'p95',
  'p99',
  'max',
  'pod-seconds',
  'most pods',
  'scalings',
  'ended busy',
  'cut off',
];
const start = spread(podStartSeconds);
publish({
  name: report,
  command: `make bench-autoscaler${report === 'autoscaler' ? '' : ` POLICY=${policy.name}`}`,
  notes: [
    `virtual time, ${seeds.length} seeds each: the same figures on every machine`,
    `workers of ${slots} slots, ${maxWorkers} at most; a pod takes ${format(start.min)} to ${format(start.max)} s to start, median ${format(start.median)} (pod-start.md)`,
    `ours: ${policy.name}, all defaults, a decision every 5 s; a worker is drained before it is ended`,
    'KEDA: polls every 30 s, cools down for 300 s; HPA every 15 s, down after 300 s; at random phases. Messages are ready and unacknowledged ones, none held back by a dispatch window',
    `a worker that is ended busy finishes what it can in ${graceSeconds} s; what is then cut off is read again from its last recorded page on`,
    'waiting: seconds from due to the claim of the attempt that ended the task. Pods are counted until they are gone',
  ],
  tables: results.map(({ trace, rows }) => ({
    title: `${trace.name}: ${trace.what}`,
    columns,
    rows: rows.map(({ scaler, ...figures }) => [scaler, ...Object.values(figures).map(format)]),
  })),
  targets: [
    ...results.flatMap(targetsOf),
    {
      name: 'workers ended while busy by ours, all traces',
      value: sum(results.map(({ rows }) => rows[0]?.endedBusy ?? Number.NaN)),
      unit: '',
      want: { atMost: 0 },
    },
  ],
  raw: results.map(({ trace: { name, what }, rows }) => ({ name, what, rows })),
});
