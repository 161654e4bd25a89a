// What Kubernetes and Prometheus ask: /livez, /readyz, /metrics. Plain node:http, so that
// workers and controllers need no framework; the gateway's API port shares the same handler.
// Liveness depends on nothing but this process: a restart repairs no database.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { toAppError } from './errors.ts';
import type { Metrics } from './metrics.ts';

export interface Check {
  readonly ok: boolean;
  readonly ms: number;
  /** Code of the error table, or `timeout`. */
  readonly error?: string;
}
/** By name of what was checked; ready when all are ok. */
export type Checks = Readonly<Record<string, Check>>;

export interface ProbeOptions {
  readonly ready: () => Promise<Checks>;
  /** Absent: no /metrics here. */
  readonly metrics?: Metrics | undefined;
}

/** True when the request was for a probe; its answer is then under way. */
export type ProbeHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Runs one check; whatever it throws, or its silence, is the result. */
export async function check(
  probe: () => Promise<unknown>,
  options: { timeoutMs?: number } = {},
): Promise<Check> {
  const started = performance.now();
  const ms = () => Math.round((performance.now() - started) * 10) / 10;
  const late = new AbortController();
  try {
    const timeout = sleep(options.timeoutMs ?? 2_000, 'timeout', { signal: late.signal });
    // In a function of its own: what the probe throws at once must not leave the timeout alone.
    const done = (async () => {
      await probe();
      return 'done';
    })();
    const winner = await Promise.race([done, timeout]);
    return winner === 'done' ? { ok: true, ms: ms() } : { ok: false, ms: ms(), error: winner };
  } catch (error) {
    return { ok: false, ms: ms(), error: toAppError(error).code };
  } finally {
    late.abort();
  }
}

export function createProbes({ ready, metrics }: ProbeOptions): ProbeHandler {
  const answers: Record<string, () => Promise<Answer>> = {
    '/livez': async () => json(200, { status: 'alive' }),
    '/readyz': async () => readiness(await ready()),
  };
  if (metrics) {
    answers['/metrics'] = async () => ({
      status: 200,
      type: metrics.contentType,
      text: await metrics.metrics(),
    });
  }
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (!Object.hasOwn(answers, path)) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const answer = answers[path]?.() ?? Promise.reject(new Error('unreachable'));
    answer
      .catch(() => json(503, { status: 'failed' }))
      .then((given) => send(given, request, response));
    return true;
  };
}

/** Not listening yet. For the port that no ingress reaches. */
export function createInternalServer(options: ProbeOptions): Server {
  const probes = createProbes(options);
  return createServer((request, response) => {
    if (!probes(request, response))
      send(json(404, { status: 'no such address' }), request, response);
  });
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function readiness(checks: Checks): Answer {
  const ok = Object.values(checks).every((one) => one.ok);
  return json(ok ? 200 : 503, { status: ok ? 'ready' : 'not ready', checks });
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/json', text: JSON.stringify(body) };
}

function send({ status, type, text }: Answer, request: IncomingMessage, to: ServerResponse): void {
  to.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  to.end(request.method === 'HEAD' ? undefined : text);
}
