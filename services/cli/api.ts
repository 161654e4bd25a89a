// The API over HTTP. Waits out 429 as the header says, tries again what a restart of the server
// cuts off, be it in the middle of an answer; what it throws is either a refusal (ApiProblem) or
// `unavailable`.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '#core/messages.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

/** The server understood and said no. */
export class ApiProblem extends CommandError {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;
  constructor(problem: Problem) {
    const { status, title, code, detail, advice, errors = [] } = problem;
    const exitCode = status < 500 ? exitCodes.failed : exitCodes.unavailable;
    const fields = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
    const what = fields === '' ? detail || title : `${detail || title}: ${fields}`;
    super(exitCode, `${what} (${code}). ${advice}`.trimEnd());
    this.problem = problem;
  }
}

export interface ApiOptions {
  /** Scheme and host. */
  readonly url: string;
  readonly token: string | undefined;
  /** Told before a wait, so that nobody wonders. */
  readonly onWait: (seconds: number, why: string) => void;
  readonly signal: AbortSignal;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly body?: Blob | string | undefined;
  readonly headers?: Record<string, string> | undefined;
}

/** Read to its end. */
interface Answer extends Pick<Response, 'ok' | 'status' | 'statusText' | 'headers'> {
  readonly begun: boolean;
  readonly body: Buffer;
}

interface Broken {
  /** Some of an answer has come: there is a server. */
  readonly begun: boolean;
  readonly why: Error;
}

export interface Api {
  /** `field` tells an answer of ours from one of another server. */
  get<T>(path: string, field: keyof T & string): Promise<T>;
  bytes(path: string): Promise<Buffer>;
  post<T>(
    path: string,
    field: keyof T & string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T>;
  /** PUT of JSON. */
  replace<T>(path: string, field: keyof T & string, body: unknown): Promise<T>;
  /** Bytes to a signed URL. */
  put(url: string, body: Blob, contentType: string): Promise<void>;
  /** What is there now, whatever it is: one try, no status is an error. Throws CommandError when nothing answers. */
  look(path: string): Promise<{ status: number; body: unknown }>;
  /** Address of the live events: of one upload or all, after a cursor or from now on. */
  eventsUrl(wish: { upload_id?: string | undefined; cursor?: string | undefined }): string;
}

/** How long an interruption of the server is waited out once it has answered. */
const patienceMs = 60_000;
/** Beyond this an answer is no sign of health; the slowest part of one has 2 s. */
const lookMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
const transientStatuses = new Set([502, 503, 504]);
/** A 503 that waiting does not mend. */
const finalCodes = new Set(['uploads.disabled']);

export function createApi({ url, token, onWait, signal }: ApiOptions): Api {
  let hasAnswered = false;
  const authorisation = token ? { authorization: `Bearer ${token}` } : undefined;

  const call = async (target: string, { method, body, headers }: Call): Promise<Answer> => {
    const end = performance.now() + patienceMs;
    for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
      const outcome = await attempt(target, { method, headers, body, signal });
      hasAnswered ||= outcome.begun;
      if ('body' in outcome) {
        if (outcome.ok) return outcome;
        const problem = readProblem(outcome);
        const wait = waitOf(outcome, problem);
        if (wait === undefined) throw new ApiProblem(problem);
        if (wait > 0) {
          onWait(wait, problem.title);
          await sleep(wait * 1000, undefined, { signal });
          continue;
        }
        if (performance.now() > end) throw unavailable(url, problem.title);
      } else if (!hasAnswered || performance.now() > end) {
        throw unavailable(url, outcome.why.message);
      }
      await sleep(pause, undefined, { signal });
    }
  };
  const api = (path: string, given: Call) =>
    call(new URL(path, url).href, {
      ...given,
      headers: {
        ...authorisation,
        ...(given.body && { 'content-type': 'application/json' }),
        ...given.headers,
      },
    });

  const read = <T>({ body }: Answer, field: string): T => {
    const json = parse(body);
    if (typeof json !== 'object' || json === null || !(field in json))
      throw unavailable(url, 'what answers there is not Cricksy OCR');
    return json as T;
  };

  return {
    get: async <T>(path: string, field: string) =>
      read<T>(await api(path, { method: 'GET' }), field),
    bytes: async (path) => (await api(path, { method: 'GET' })).body,
    async post<T>(path: string, field: string, body?: unknown, headers?: Record<string, string>) {
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      return read<T>(await api(path, { method: 'POST', headers, ...json }), field);
    },
    async replace<T>(path: string, field: string, body: unknown) {
      return read<T>(await api(path, { method: 'PUT', body: JSON.stringify(body) }), field);
    },
    async put(target, body, contentType) {
      // The URL is signed; a token has no business at an object store.
      await call(target, { method: 'PUT', body, headers: { 'content-type': contentType } });
    },
    async look(path) {
      const target = new URL(path, url).href;
      const limited = AbortSignal.any([signal, AbortSignal.timeout(lookMs)]);
      const call = { method: 'GET', headers: authorisation, signal: limited } as const;
      const answer = await attempt(target, call).catch((why: Error) => {
        signal.throwIfAborted();
        return { why };
      });
      if ('why' in answer) throw unavailable(url, answer.why.message);
      return { status: answer.status, body: parse(answer.body) ?? {} };
    },
    eventsUrl(wish) {
      const events = new URL('/api/events', url);
      events.protocol = events.protocol === 'https:' ? 'wss:' : 'ws:';
      for (const [name, value] of Object.entries(wish)) {
        if (value !== undefined) events.searchParams.set(name, value);
      }
      if (token) events.searchParams.set('access_token', token);
      return events.href;
    },
  };
}

async function attempt(
  target: string,
  { method, headers, body, signal }: Call & { signal: AbortSignal },
): Promise<Answer | Broken> {
  let begun = false;
  try {
    const response = await fetch(target, {
      method,
      signal,
      ...(headers && { headers }),
      ...(body !== undefined && { body }),
    });
    begun = true;
    const { ok, status, statusText, headers: told } = response;
    const bytes = Buffer.from(await response.arrayBuffer());
    return { begun, ok, status, statusText, headers: told, body: bytes };
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { begun, why: plain(cause) };
  }
}

/** OpenSSL tells where in its source a handshake failed, over more than one line. */
function plain(cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new Error(code?.startsWith('ERR_SSL_') ? `TLS: ${code}` : message);
}

/** Undefined: it is no JSON. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function readProblem(response: Answer): Problem {
  const fallback: Problem = {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: `http.${response.status}`,
    detail: '',
    advice: '',
    request_id: response.headers.get('x-request-id') ?? '',
  };
  return { ...fallback, ...(parse(response.body) as Partial<Problem> | undefined) };
}

/** Seconds to wait before trying again; 0: as with a broken connection; undefined: it is final. */
function waitOf(response: Answer, problem: Problem): number | undefined {
  if (response.status === 429) return Math.max(1, Number(response.headers.get('retry-after') ?? 1));
  if (!transientStatuses.has(response.status) || finalCodes.has(problem.code)) return undefined;
  return 0;
}

function unavailable(url: string, why: string): CommandError {
  return new CommandError(
    exitCodes.unavailable,
    `${url} cannot be reached (${why}): ${adviceOn(why)}`,
  );
}

/** By OpenSSL's words, which are in the message; its codes for certificates are many. */
function adviceOn(why: string): string {
  if (why.includes('certificate') || why.includes('altnames')) {
    return 'NODE_EXTRA_CA_CERTS names a file of certificates to trust';
  }
  if (why.startsWith('TLS')) return 'does it speak TLS? Perhaps its --url begins with http://';
  return "is it running? 'make run' starts it, --url names another one";
}
