// Traces, for whoever asks for them by the standard variables of OpenTelemetry. Everybody else gets
// `noTracing`, which hands on what it was given; the packages behind it are not even loaded.
// A span's place is handed on as text (W3C traceparent): through calls, the ledger and the broker alike.
import type { Log } from './log.ts';

export interface SpanOptions {
  readonly name: string;
  /** Absent: a trace of its own. */
  readonly parent: string | undefined;
  readonly kind?: 'server' | 'producer' | 'consumer';
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** Adds to the span what is known at its end. */
export type Describe = (attributes: Readonly<Record<string, string | number>>) => void;

export interface Tracing {
  /** Runs `work`, which is given its own traceparent to hand on. What it throws marks the span as failed. */
  span<T>(
    options: SpanOptions,
    work: (traceparent: string | undefined, describe: Describe) => Promise<T>,
  ): Promise<T>;
  /** Sends what is not sent yet. */
  close(): Promise<void>;
}

export const noTracing: Tracing = {
  span: ({ parent }, work) => work(parent, () => undefined),
  close: async () => undefined,
};

/**
 * Traces if OTEL_EXPORTER_OTLP_ENDPOINT, its form for traces, or OTEL_TRACES_EXPORTER=otlp asks for them, and
 * neither OTEL_TRACES_EXPORTER=none nor OTEL_SDK_DISABLED=true is against it. Throws a ConfigError.
 */
export async function openTracing(
  env: NodeJS.ProcessEnv,
  process: { readonly service: string; readonly version: string; readonly log: Log },
): Promise<Tracing> {
  if (!isWanted(env)) return noTracing;
  const { openOtel } = await import('./otel.ts');
  return openOtel(env, process);
}

function isWanted(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const exporter = env['OTEL_TRACES_EXPORTER'];
  if (exporter) return exporter.split(',').includes('otlp');
  return Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
}
