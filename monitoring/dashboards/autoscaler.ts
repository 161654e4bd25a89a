import { dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';
import { elected, ofPool, perSecond, quantile } from './queries.ts';
import { pool, release } from './variables.ts';

const workers = (name: string) => `sum by (pool) (cricksy_ocr_autoscaler_${name}_workers{${pool}})`;
const controller = 'the controller decides nothing';

const why = [
  stat({
    title: 'Wanted',
    says: 'Workers, as last decided.',
    unit: 'short',
    width: 4,
    noValue: controller,
    expr: `sum(cricksy_ocr_autoscaler_wanted_workers{${pool}})`,
  }),
  stat({
    title: 'Ready',
    says: 'Pods that are ready.',
    unit: 'short',
    width: 4,
    noValue: controller,
    expr: `sum(cricksy_ocr_autoscaler_ready_workers{${pool}})`,
  }),
  stat({
    title: 'Work that waits',
    says: 'In seconds of one slot: divided by slots it is how long it takes to read.',
    unit: 's',
    width: 4,
    noValue: controller,
    expr: `sum(cricksy_ocr_autoscaler_waiting_seconds{${pool}})`,
  }),
  stat({
    title: 'A shadow wants',
    says: 'What KEDA and an HPA with their defaults would want now.',
    unit: 'short',
    width: 4,
    noValue: controller,
    expr: `sum(cricksy_ocr_autoscaler_shadow_workers{${pool}})`,
  }),
  stat({
    title: 'Terminated while busy',
    says: 'Attempts that our own scale-down ended, ever. Not 0: the alert CricksyBusyWorkerTerminated.',
    unit: 'short',
    width: 4,
    limit: 1,
    noValue: controller,
    expr: `sum(max by (namespace, release, pool) (cricksy_ocr_autoscaler_terminated_while_busy_total{${pool}}))`,
  }),
  stat({
    title: 'Leaders',
    says: 'Should be one.',
    unit: 'short',
    width: 4,
    noValue: controller,
    expr: `sum(cricksy_ocr_autoscaler_leader{${release}})`,
  }),
  graph({
    title: 'Wanted and what is there',
    says: 'starting pods count as capacity. wanted below ready for long: busy workers are being waited for.',
    unit: 'short',
    width: 12,
    lines: Object.fromEntries(
      ['wanted', 'ready', 'busy', 'starting', 'draining'].map((name) => [
        `{{pool}} ${name}`,
        workers(name),
      ]),
    ),
  }),
  graph({
    title: 'Decisions by reason',
    says: 'Why it was this number: cricksy-ocr autoscaler why tells the last one with all its inputs.',
    unit: 'ops',
    width: 12,
    stacked: true,
    noValue: controller,
    lines: {
      '{{pool}} {{reason}}': perSecond(
        'cricksy_ocr_autoscaler_decisions_total',
        'pool, reason',
        pool,
      ),
    },
  }),
  graph({
    title: 'Work that waits',
    says: 'What the decisions come from, in seconds of one slot.',
    unit: 's',
    width: 12,
    lines: { '{{pool}}': `sum by (pool) (cricksy_ocr_autoscaler_waiting_seconds{${pool}})` },
  }),
  graph({
    title: 'Depth and age',
    says: 'The same as tasks, and what scorers notice of it: the age of the oldest.',
    unit: 'short',
    width: 12,
    lines: {
      '{{pool}} depth': `sum by (pool) (${elected('cricksy_ocr_depth_tasks', 'namespace, release, pool, part', pool)})`,
      '{{pool}} oldest in s': `max by (pool) (cricksy_ocr_oldest_task_age_seconds{${ofPool('status=~"waiting|dispatched"')}})`,
    },
  }),
];

const shadow = [
  graph({
    title: 'Wanted, by us and by a shadow',
    says: 'The shadow is KEDA and an HPA with their defaults, on the same observations.',
    unit: 'short',
    width: 12,
    lines: {
      '{{pool}} ours': workers('wanted'),
      '{{pool}} shadow': `sum by (pool) (cricksy_ocr_autoscaler_shadow_workers{${pool}})`,
    },
  }),
  graph({
    title: 'Workers that read nothing',
    says: 'Ready and idle: what is paid for nothing. The shadow has this many more (or fewer) than we.',
    unit: 'short',
    width: 12,
    lines: {
      '{{pool}} idle': workers('idle'),
      '{{pool}} the shadow has more': `clamp_min(sum by (pool) (cricksy_ocr_autoscaler_shadow_workers{${pool}}) - ${workers('wanted')}, 0)`,
    },
  }),
];

const health = [
  graph({
    title: 'One decision',
    says: 'To look and to decide, 95 of 100.',
    unit: 's',
    width: 12,
    lines: { '{{pool}}': quantile(0.95, 'cricksy_ocr_autoscaler_decision_seconds', 'pool', pool) },
  }),
  graph({
    title: 'Start of a worker',
    says: 'From the creation of a pod until it takes work. Long: image pulls, or no room on the nodes.',
    unit: 's',
    width: 12,
    noValue: 'none started',
    lines: {
      '{{pool}} median': quantile(
        0.5,
        'cricksy_ocr_autoscaler_worker_startup_seconds',
        'pool',
        pool,
      ),
      '{{pool}} 95 of 100': quantile(
        0.95,
        'cricksy_ocr_autoscaler_worker_startup_seconds',
        'pool',
        pool,
      ),
    },
  }),
];

export const autoscaler = dashboard({
  uid: 'cricksy-ocr-autoscaler',
  title: 'Autoscaler',
  asks: 'Why are there this many workers, and what would others have done?',
  rows: {
    'Why this many?': why,
    'Against the defaults of KEDA': shadow,
    'Is it quick?': health,
  },
});
