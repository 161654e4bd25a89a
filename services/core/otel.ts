// Traces by OpenTelemetry's own SDK and exporter (OTLP over HTTP, as JSON). Loaded only when somebody
// asks for traces: see tracing.ts. Contexts are handed on as text, so no part of the SDK patches
// anything or follows asynchronous calls. Where spans go, how many at once and under which name the
// packages read from their own variables.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { ConfigError } from './config.ts';
import { toAppError } from './errors.ts';
import type { Log } from './log.ts';
import type { Tracing } from './tracing.ts';

/** What the last spans may take to be sent when a process ends. */
const closeMs = 2_000;

export function openOtel(
  env: NodeJS.ProcessEnv,
  { service, version, log }: { service: string; version: string; log: Log },
): Tracing {
  const quiet = () => undefined;
  const tell = (message: string) => log.warn({ message }, 'traces are not sent');
  diag.setLogger({ error: tell, warn: quiet, info: quiet, debug: quiet, verbose: quiet });
  const own = resourceFromAttributes({
    'service.name': `cricksy-ocr-${service}`,
    'service.version': version,
  });
  const given = detectResources({
    detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector],
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(own).merge(given),
    sampler: samplerOf(env),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer('cricksy-ocr', version);
  return {
    async span({ name, parent, kind, attributes = {} }, work) {
      const options = { kind: kind ? kinds[kind] : SpanKind.INTERNAL, attributes };
      const span = tracer.startSpan(name, options, contextOf(parent));
      try {
        return await work(traceparentOf(span), (more) => void span.setAttributes(more));
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    async close() {
      await Promise.race([provider.shutdown(), sleep(closeMs, undefined, { ref: false })]);
    },
  };
}

const kinds = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** What is wrong with a request or a file is no failure of ours. */
function fail(span: Span, thrown: unknown): void {
  const { code, status } = toAppError(thrown);
  span.setAttribute('error.type', code);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

function contextOf(traceparent: string | undefined): Context {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent?.split('-') ?? [];
  if (!traceId || !spanId) return ROOT_CONTEXT;
  const place = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, place);
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** OTEL_TRACES_SAMPLER and its argument; by default whatever the caller decided, else all. */
function samplerOf(env: NodeJS.ProcessEnv): Sampler {
  const { OTEL_TRACES_SAMPLER: name = 'parentbased_always_on', OTEL_TRACES_SAMPLER_ARG: argument } =
    env;
  const root = rootSampler(name.replace(/^parentbased_/, ''), Number(argument || '1'));
  if (!root) throw new ConfigError([`OTEL_TRACES_SAMPLER: ${name} is not known`]);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler | undefined {
  if (name === 'always_on') return new AlwaysOnSampler();
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : undefined;
}
