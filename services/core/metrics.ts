// Metrics of one process. No global registry: the entry point makes one and hands it on, so
// that tests and standalone (several components in one process) do not collide. Every name
// stands in docs/metrics.md.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Check, check } from './health.ts';

export type Metrics = Registry;

/** Seconds of reading, from a word to the longest that a task may take. */
export const readingBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Seconds between two parts of the system, which are milliseconds while all is well. */
export const lagBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** With Node's and the process's own metrics (`nodejs_*`, `process_*`) and `cricksy_ocr_build_info`. */
export function createMetrics(build: { service: string; version: string }): Metrics {
  const registry = new Registry();
  // The event loop's lag is measured by a timer; the usual 10 ms would wake idle processes a hundred
  // times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  new Gauge({
    name: 'cricksy_ocr_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['service', 'version'],
    registers: [registry],
  }).set(build, 1);
  return registry;
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * A gauge that is read at each scrape and says only what `read` found then: what cannot be read has no
 * series, for an old value would pass for a true one.
 */
export function gaugeOf(
  metrics: Metrics,
  { labels: labelNames = [], ...named }: { name: string; help: string; labels?: readonly string[] },
  read: () => Iterable<Sample> | Promise<Iterable<Sample>>,
): void {
  new Gauge({
    ...named,
    labelNames,
    registers: [metrics],
    async collect() {
      const samples = await (async () => read())().catch(() => []);
      // Without labels `reset` would leave a zero.
      if (labelNames.length > 0) this.reset();
      else this.remove();
      for (const { labels = {}, value } of samples) this.set(labels, value);
    },
  });
}

const answerMs = 2_000;

/** `cricksy_ocr_connection_up` of what this process stands on, asked at each scrape. */
export function connectionMetrics(
  metrics: Metrics,
  pings: Readonly<Record<string, () => Promise<unknown>>>,
): void {
  const named = {
    name: 'cricksy_ocr_connection_up',
    help: 'Whether what the process stands on answered within two seconds.',
    labels: ['to'],
  };
  gaugeOf(metrics, named, () =>
    Promise.all(
      Object.entries(pings).map(async ([to, ping]) => {
        const { ok }: Check = await check(ping, { timeoutMs: answerMs });
        return { labels: { to }, value: Number(ok) };
      }),
    ),
  );
}

/** Counts attempts taken from a worker that was gone. */
export function countLostAttempts(metrics: Metrics): (attempts: number) => void {
  const lost = new Counter({
    name: 'cricksy_ocr_lost_attempts_total',
    help: 'Attempts taken from a worker that was gone.',
    registers: [metrics],
  });
  return (attempts) => lost.inc(attempts);
}

export interface SeenRequest {
  readonly method: string;
  /** The route's pattern: with real paths every upload would be a time series of its own. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}
/** Of the dozens that HTTP knows those that somebody here uses: a client picks what it sends. */
const methods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/** Called when a request begins; what it returns, when it has ended. */
export type ObserveRequest = () => (seen: SeenRequest) => void;

export function httpMetrics(metrics: Metrics): ObserveRequest {
  const duration = new Histogram({
    name: 'cricksy_ocr_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    // Reads take about a millisecond; a PUT of 25 MB over a slow line takes minutes.
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [metrics],
  });
  const underWay = new Gauge({
    name: 'cricksy_ocr_http_requests_in_flight',
    help: 'Requests that have no answer yet.',
    registers: [metrics],
  });
  return () => {
    underWay.inc();
    return ({ seconds, status, method, route }) => {
      underWay.dec();
      const named = methods.has(method) ? method : 'other';
      duration.observe({ method: named, route, status: String(status) }, seconds);
    };
  };
}
