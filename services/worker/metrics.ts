// What a worker counts and measures. No label but those of docs/metrics.md: never an upload, a file
// or a worker.
import { Counter, Histogram } from 'prom-client';
import type { PageSummary } from '#core/domain/pages.ts';
import type { AttemptOutcome } from '#core/domain/states.ts';
import type { ErrorCode } from '#core/errors.ts';
import { countLostAttempts, gaugeOf, type Metrics, readingBuckets } from '#core/metrics.ts';
import { residentBytes } from './slots/resident.ts';
import { type EngineEnd, engineEnds } from './slots/slot.ts';

/** Of a task, besides those that the engine measures on each page. */
export type TaskStage = 'wait' | 'fetch' | 'store' | 'commit';

export interface WorkerMetrics {
  attempt(outcome: AttemptOutcome, code?: ErrorCode): void;
  /** Attempts taken from workers that are gone. */
  lost(attempts: number): void;
  task(kind: 'open' | 'pages', seconds: number): void;
  stage(stage: TaskStage, seconds: number): void;
  pageRead(summary: PageSummary): void;
  pageFailed(code: ErrorCode): void;
  selfDrained(): void;
  engineEnded(reason: EngineEnd): void;
}

const pixelBuckets = [250_000, 1e6, 2e6, 4e6, 8e6, 16e6, 40e6];

export function workerMetrics(metrics: Metrics, pool: string): WorkerMetrics {
  const counter = (name: string, help: string, ...labels: string[]) =>
    new Counter({ name, help, labelNames: ['pool', ...labels], registers: [metrics] });
  const histogram = (name: string, help: string, buckets: number[], ...labels: string[]) =>
    new Histogram({ name, help, buckets, labelNames: ['pool', ...labels], registers: [metrics] });

  const attempts = counter(
    'cricksy_ocr_attempts_total',
    'Attempts ended by this worker.',
    'outcome',
    'code',
  );
  const pages = counter('cricksy_ocr_pages_total', 'Pages read.', 'result', 'code');
  const selfDrains = counter('cricksy_ocr_self_drains_total', 'Times that it drained itself.');
  const restarts = counter(
    'cricksy_ocr_engine_restarts_total',
    'Engine processes that had to be replaced.',
    'reason',
  );
  const tasks = histogram(
    'cricksy_ocr_task_duration_seconds',
    'From the claim of a task to its recorded end.',
    readingBuckets,
    'kind',
  );
  const stages = histogram(
    'cricksy_ocr_stage_duration_seconds',
    'Time of one stage of a reading.',
    readingBuckets,
    'stage',
  );
  const pixels = histogram(
    'cricksy_ocr_page_pixels',
    'Pixels of pages that were read.',
    pixelBuckets,
  );
  // From the start, so that the first of a kind is an increase.
  selfDrains.inc({ pool }, 0);
  for (const reason of engineEnds) restarts.inc({ pool, reason }, 0);

  return {
    attempt: (outcome, code) => attempts.inc({ pool, outcome, code: code ?? '' }),
    lost: countLostAttempts(metrics),
    task: (kind, seconds) => tasks.observe({ pool, kind }, seconds),
    stage: (stage, seconds) => stages.observe({ pool, stage }, seconds),
    pageRead({ source, width, height, stages: costs }) {
      pages.inc({ pool, result: source === 'ocr' ? 'recognised' : 'carried', code: '' });
      pixels.observe({ pool }, width * height);
      for (const [stage, { ms }] of Object.entries(costs)) {
        stages.observe({ pool, stage }, ms / 1_000);
      }
    },
    pageFailed: (code) => pages.inc({ pool, result: 'failed', code }),
    selfDrained: () => selfDrains.inc({ pool }),
    engineEnded: (reason) => restarts.inc({ pool, reason }),
  };
}

/** What is asked at each scrape. */
export function processMetrics(
  metrics: Metrics,
  deps: {
    readonly pool: string;
    readonly slots: { readonly size: number; busy(): number; pids(): (number | undefined)[] };
    readonly takesWork: () => boolean;
  },
): void {
  const { pool, slots } = deps;
  const ofSlots = {
    name: 'cricksy_ocr_slots',
    help: 'Slots of this worker.',
    labels: ['pool', 'state'],
  };
  gaugeOf(metrics, ofSlots, () => [
    { labels: { pool, state: 'busy' }, value: slots.busy() },
    { labels: { pool, state: 'free' }, value: slots.size - slots.busy() },
  ]);
  const taking = {
    name: 'cricksy_ocr_taking_work',
    help: '0 while it drains, leaves, or OCR is switched off.',
    labels: ['pool'],
  };
  gaugeOf(metrics, taking, () => [{ labels: { pool }, value: Number(deps.takesWork()) }]);
  const memory = {
    name: 'cricksy_ocr_engine_memory_bytes',
    help: 'Resident memory of each engine process.',
    labels: ['pool', 'slot'],
  };
  gaugeOf(metrics, memory, async () => {
    const bytes = await Promise.all(slots.pids().map(residentBytes));
    return bytes.flatMap((value, slot) =>
      value === undefined ? [] : { labels: { pool, slot: String(slot) }, value },
    );
  });
}
