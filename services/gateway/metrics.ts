// What a gateway counts by itself. What only the ledger knows: elected.ts.
import { Counter, Histogram } from 'prom-client';
import { type UploadStatus, uploadStatuses } from '#core/domain/states.ts';
import { isErrorCode } from '#core/errors.ts';
import type { PlacedEvent } from '#core/ledger/events/sequence-events.ts';
import {
  countLostAttempts,
  gaugeOf,
  httpMetrics,
  lagBuckets,
  type Metrics,
  type ObserveRequest,
  readingBuckets,
} from '#core/metrics.ts';

export interface GatewayMetrics {
  readonly request: ObserveRequest;
  /** Each event once, by whoever sequences: all that happens to uploads, whoever did it. */
  placed(events: readonly PlacedEvent[]): void;
  readonly dispatch: DispatchMetrics;
  /** Attempts taken from workers that are gone. */
  lost(attempts: number): void;
  /** Counts the runs of chores of these names. */
  chores(names: readonly string[]): (name: string, result: 'done' | 'failed') => void;
}

export interface DispatchMetrics {
  /** Confirmed by the broker; `lags` in seconds, of those that only the relay held back. */
  dispatched(pool: string, tasks: number, lags: readonly number[]): void;
  redispatched(pool: string, tasks: number): void;
  refused(pool: string): void;
}

export function gatewayMetrics(metrics: Metrics): GatewayMetrics {
  const registers = [metrics];
  const chores = new Counter({
    name: 'cricksy_ocr_chores_total',
    help: 'Runs of upkeep, by how they ended.',
    labelNames: ['chore', 'result'],
    registers,
  });
  return {
    request: httpMetrics(metrics),
    placed: countEvents(metrics),
    dispatch: dispatchMetrics(metrics),
    lost: countLostAttempts(metrics),
    chores(names) {
      for (const chore of names) {
        for (const result of ['done', 'failed']) chores.inc({ chore, result }, 0);
      }
      return (chore, result) => chores.inc({ chore, result });
    },
  };
}

function countEvents(metrics: Metrics): GatewayMetrics['placed'] {
  const registers = [metrics];
  const uploads = new Counter({
    name: 'cricksy_ocr_uploads_total',
    help: 'Moves of uploads to a status.',
    labelNames: ['status'],
    registers,
  });
  // From the start, so that the first of a kind is an increase.
  for (const status of uploadStatuses) uploads.inc({ status }, 0);
  const failures = new Counter({
    name: 'cricksy_ocr_upload_failures_total',
    help: 'Uploads that became failed, by the code of the error.',
    labelNames: ['code'],
    registers,
  });
  failures.inc({ code: 'task.poison' }, 0);
  const poisoned = new Counter({
    name: 'cricksy_ocr_poisoned_total',
    help: 'Uploads and pages set aside as task.poison.',
    registers,
  });
  const turnaround = new Histogram({
    name: 'cricksy_ocr_time_to_parsed_seconds',
    help: 'From uploaded to parsed.',
    buckets: readingBuckets,
    registers,
  });
  const lag = new Histogram({
    name: 'cricksy_ocr_event_lag_seconds',
    help: 'From the writing of an event to its position.',
    buckets: lagBuckets,
    registers,
  });
  const statusOf = new Map<string, UploadStatus>(
    uploadStatuses.map((status) => [`upload.${status}`, status]),
  );
  return (events) => {
    for (const event of events) {
      lag.observe(event.lag);
      if (event.turnaround !== null) turnaround.observe(event.turnaround);
      const status = statusOf.get(event.type);
      if (status) uploads.inc({ status });
      if (status !== 'failed' && event.type !== 'page.failed') continue;
      const code = isErrorCode(event.error_code) ? event.error_code : 'internal';
      if (status) failures.inc({ code });
      if (code === 'task.poison') poisoned.inc();
    }
  };
}

function dispatchMetrics(metrics: Metrics): DispatchMetrics {
  const registers = [metrics];
  const labelNames = ['pool'];
  const dispatched = new Counter({
    name: 'cricksy_ocr_dispatched_tasks_total',
    help: 'Tasks that the broker has confirmed.',
    labelNames,
    registers,
  });
  const redispatched = new Counter({
    name: 'cricksy_ocr_redispatched_tasks_total',
    help: 'Tasks dispatched again because the broker had lost them.',
    labelNames,
    registers,
  });
  const refused = new Counter({
    name: 'cricksy_ocr_publish_failures_total',
    help: 'Times that the broker took no messages.',
    labelNames,
    registers,
  });
  const lag = new Histogram({
    name: 'cricksy_ocr_relay_lag_seconds',
    help: 'From when a task was due until the broker had confirmed it, where the window had room.',
    labelNames,
    buckets: lagBuckets,
    registers,
  });
  return {
    dispatched(pool, tasks, lags) {
      dispatched.inc({ pool }, tasks);
      for (const seconds of lags) lag.observe({ pool }, seconds);
    },
    redispatched: (pool, tasks) => redispatched.inc({ pool }, tasks),
    refused: (pool) => refused.inc({ pool }),
  };
}

/** Gauges of this replica alone. */
export function replicaMetrics(
  metrics: Metrics,
  { listeners, elected }: { listeners: () => number; elected: () => boolean },
): void {
  gaugeOf(metrics, { name: 'cricksy_ocr_listeners', help: 'Open WebSockets.' }, () => [
    { value: listeners() },
  ]);
  const named = {
    name: 'cricksy_ocr_elected',
    help: '1 on the gateway that sequences events and says what the ledger knows.',
  };
  gaugeOf(metrics, named, () => [{ value: Number(elected()) }]);
}
