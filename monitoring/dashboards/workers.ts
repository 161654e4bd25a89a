import { dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';
import { elected, mean, ofPool, perSecond, quantile } from './queries.ts';
import { pool, release } from './variables.ts';

const ofWorkers = `${release},component="worker"`;
const slots = elected('cricksy_ocr_pool_slots', 'namespace, release, pool, state', pool);

const busy = [
  stat({
    title: 'Busy slots',
    says: 'Share of slots that read. Near 1 with a backlog: more workers would help.',
    unit: 'percentunit',
    width: 6,
    decimals: 0,
    noValue: 'no workers',
    expr: `sum(${elected('cricksy_ocr_pool_slots', 'namespace, release, pool, state', ofPool('state="busy"'))}) / sum(${slots})`,
  }),
  stat({
    title: 'Live workers',
    says: 'Those whose heartbeat the ledger has seen, draining ones too.',
    unit: 'short',
    width: 6,
    expr: `sum(${elected('cricksy_ocr_pool_workers', 'namespace, release, pool, state', pool)})`,
  }),
  stat({
    title: 'Pages per second',
    says: 'Read well or badly, by all workers.',
    unit: 'ops',
    width: 6,
    decimals: 2,
    expr: `sum(rate(cricksy_ocr_pages_total{${pool}}[$__rate_interval]))`,
  }),
  stat({
    title: 'Attempts that did not end well',
    says: 'Share of attempts that failed, were given back or were lost.',
    unit: 'percentunit',
    width: 6,
    decimals: 1,
    expr: `sum(rate(cricksy_ocr_attempts_total{${ofPool('outcome!="done"')}}[$__rate_interval])) / sum(rate(cricksy_ocr_attempts_total{${pool}}[$__rate_interval]))`,
    noValue: 'none',
  }),
  graph({
    title: 'Slots',
    says: 'Of all live workers, as the ledger sees them.',
    unit: 'short',
    width: 12,
    stacked: true,
    lines: { '{{pool}} {{state}}': `sum by (pool, state) (${slots})` },
  }),
  graph({
    title: 'Busy slots by worker',
    says: 'Each worker by its own word. One at 0 while others are busy: it drains or has lost the broker.',
    unit: 'short',
    width: 12,
    lines: {
      '{{pod}}': `sum by (pod) (avg_over_time(cricksy_ocr_slots{${ofPool('state="busy"')}}[$__rate_interval]))`,
    },
  }),
];

const stage = 'cricksy_ocr_stage_duration_seconds';
const time = [
  graph({
    title: 'Seconds spent in each stage, each second',
    says: 'recognise should be most of it. fetch or store: the object store is slow. commit: the ledger is.',
    unit: 's',
    width: 12,
    stacked: true,
    lines: { '{{stage}}': perSecond(`${stage}_sum`, 'stage', ofPool('stage!="wait"')) },
  }),
  graph({
    title: 'One stage, 95 of 100',
    says: 'wait is the time until a worker took the task.',
    unit: 's',
    width: 12,
    lines: { '{{stage}}': quantile(0.95, stage, 'stage', pool) },
  }),
  graph({
    title: 'One task',
    says: 'From claim to recorded end. open finishes small uploads, pages are ranges of long PDFs.',
    unit: 's',
    width: 8,
    lines: {
      '{{kind}} mean': mean('cricksy_ocr_task_duration_seconds', 'kind', pool),
      '{{kind}} 95 of 100': quantile(0.95, 'cricksy_ocr_task_duration_seconds', 'kind', pool),
    },
  }),
  graph({
    title: 'Pages',
    says: 'carried: the PDF had its text.',
    unit: 'ops',
    width: 8,
    stacked: true,
    lines: { '{{result}}': perSecond('cricksy_ocr_pages_total', 'result', pool) },
  }),
  graph({
    title: 'Pixels of a page',
    says: 'Mean. It explains slower reading when photos grow.',
    unit: 'short',
    width: 8,
    lines: { '{{pool}}': mean('cricksy_ocr_page_pixels', 'pool', pool) },
  }),
];

const wrong = [
  graph({
    title: 'Attempts by outcome',
    says: 'given_back: workers leave. lost: workers died or were cut off.',
    unit: 'ops',
    width: 8,
    stacked: true,
    lines: {
      '{{outcome}}': perSecond('cricksy_ocr_attempts_total', 'outcome', pool),
      taken: perSecond('cricksy_ocr_lost_attempts_total', ''),
    },
  }),
  graph({
    title: 'Failed attempts by code',
    says: 'objects.unavailable, ledger.unavailable: not the worker. engine.*: look at memory and time limits.',
    unit: 'ops',
    width: 8,
    stacked: true,
    noValue: 'none failed',
    lines: {
      '{{code}}': perSecond('cricksy_ocr_attempts_total', 'code', ofPool('outcome="failed"')),
    },
  }),
  graph({
    title: 'Engine processes replaced',
    says: 'tasks is routine. memory: grown uploads or a leak. crashed, time_limit: hostile or broken files.',
    unit: 'ops',
    width: 8,
    stacked: true,
    noValue: 'none replaced',
    lines: {
      '{{reason}}': perSecond('cricksy_ocr_engine_restarts_total', 'reason', pool),
      'self-drain': perSecond('cricksy_ocr_self_drains_total', '', pool),
    },
  }),
];

const machine = [
  graph({
    title: 'Memory of engines',
    says: 'The largest of each worker; engineMiB of the chart is where one is ended.',
    unit: 'bytes',
    width: 8,
    lines: { '{{pod}}': `max by (pod) (cricksy_ocr_engine_memory_bytes{${pool}})` },
  }),
  graph({
    title: 'Memory of parents',
    says: 'Without their engines; parentMiB of the chart.',
    unit: 'bytes',
    width: 8,
    lines: { '{{pod}}': `max by (pod) (process_resident_memory_bytes{${ofWorkers}})` },
  }),
  graph({
    title: 'Event loop',
    says: 'How late timers of the parents are, 99 of 100. Above some 0.1 s heartbeats and probes suffer: too little CPU.',
    unit: 's',
    width: 8,
    lines: { '{{pod}}': `max by (pod) (nodejs_eventloop_lag_p99_seconds{${ofWorkers}})` },
  }),
];

export const workers = dashboard({
  uid: 'cricksy-ocr-workers',
  title: 'Workers',
  asks: 'What do the workers do with their time, and what goes wrong in it?',
  rows: {
    'Are they busy?': busy,
    'Where the time goes': time,
    'What goes wrong': wrong,
    'Memory and event loop': machine,
  },
});
