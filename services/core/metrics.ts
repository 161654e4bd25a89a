// Metrics of one process. No global registry: the entry point makes one and hands it on, so
// that tests and standalone (several components in one process) do not collide.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = Registry;

/** With Node's and the process's own metrics (`nodejs_*`, `process_*`) and `cricksy_ocr_build_info`. */
export function createMetrics(build: { service: string; version: string }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'cricksy_ocr_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['service', 'version'],
    registers: [registry],
  }).set(build, 1);
  return registry;
}

export interface SeenRequest {
  readonly method: string;
  /** The route's pattern: with real paths every upload would be a time series of its own. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}
export type ObserveRequest = (seen: SeenRequest) => void;

export function httpMetrics(metrics: Metrics): ObserveRequest {
  const duration = new Histogram({
    name: 'cricksy_ocr_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    // Reads take about a millisecond; a PUT of 25 MB over a slow line takes minutes.
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [metrics],
  });
  return ({ seconds, status, ...labels }) => {
    duration.observe({ ...labels, status: String(status) }, seconds);
  };
}
