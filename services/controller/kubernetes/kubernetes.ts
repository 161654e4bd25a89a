// The Kubernetes API as JSON over HTTPS. The official client's generated classes would take more
// memory than all the rest of the controller; what is needed here are five verbs and a watch.
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as http,
  type IncomingMessage,
} from 'node:http';
import { Agent, request as https } from 'node:https';
import { createInterface } from 'node:readline';
import { AppError, toAppError } from '#core/errors.ts';
import type { Credentials } from './credentials.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Asked {
  readonly body?: unknown;
  /** Default: JSON, of a PATCH the operations of a JSON patch. */
  readonly type?: string;
  readonly query?: Readonly<Record<string, string>>;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

export interface Kubernetes {
  /** Throws `kubernetes.unavailable` without an answer, `kubernetes.refused` for one that is no success. */
  request<T>(method: Method, path: string, asked?: Asked): Promise<T>;
  /** Resolves when the server ends the watch, or `signal` does; throws as `request` does. */
  watch(path: string, options: WatchOptions): Promise<void>;
  close(): void;
}

export interface WatchOptions {
  readonly query: Readonly<Record<string, string>>;
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
}

const answerMs = 10_000;

export function connectKubernetes(credentials: Credentials): Kubernetes {
  const secure = credentials.server.startsWith('https:');
  const agent = secure ? new Agent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });

  const send = async (method: Method, path: string, asked: Asked, signal?: AbortSignal) => {
    const url = new URL(credentials.server.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(asked.query ?? {}))
      url.searchParams.set(name, value);
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const json = method === 'PATCH' ? 'application/json-patch+json' : 'application/json';
    const headers = {
      accept: 'application/json',
      'user-agent': 'cricksy-ocr-controller',
      ...(body === undefined
        ? {}
        : { 'content-type': asked.type ?? json, 'content-length': Buffer.byteLength(body) }),
      ...(await credentials.headers()),
    };
    const options = { method, headers, agent, ...(signal ? { signal } : {}) };
    const call = secure
      ? https(url, { ...options, ...(await credentials.tls()) })
      : http(url, options);
    call.end(body);
    return answered(call);
  };

  return {
    async request<T>(method: Method, path: string, asked: Asked = {}): Promise<T> {
      try {
        const response = await send(method, path, asked, AbortSignal.timeout(answerMs));
        return (await success(response, path)) as T;
      } catch (error) {
        throw named(error);
      }
    },
    async watch(path, { query, onEvent, signal }) {
      try {
        const all = { ...query, watch: 'true', allowWatchBookmarks: 'true' };
        const response = await send('GET', path, { query: all }, signal);
        if (response.statusCode !== 200) await success(response, path);
        for await (const line of createInterface(response)) onEvent(JSON.parse(line) as WatchEvent);
      } catch (error) {
        if (!signal.aborted) throw named(error);
      }
    },
    close: () => agent.destroy(),
  };
}

function answered(call: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.once('response', resolve);
    call.once('error', reject);
  });
}

interface Status {
  readonly message?: string;
  readonly reason?: string;
}

async function success(response: IncomingMessage, path: string): Promise<unknown> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return JSON.parse(text);
  const { message = text.slice(0, 200), reason = '' } = parsed(text);
  const code = status >= 500 || status === 429 ? 'kubernetes.unavailable' : 'kubernetes.refused';
  throw new AppError(code, `${path}: ${message}`, { details: { status, reason } });
}

function parsed(text: string): Status {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return {};
  }
}

function named(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('kubernetes.unavailable', 'the Kubernetes API does not answer', {
    cause: error,
  });
}

/** What the API server answered with; undefined: it did not. */
export function statusOf(error: unknown): number | undefined {
  const { status } = toAppError(error).details;
  return typeof status === 'number' ? status : undefined;
}

/** Somebody else wrote in between: a test of a patch failed (422), or the version was an old one (409). */
export function isOvertaken(error: unknown): boolean {
  const status = statusOf(error);
  return status === 409 || status === 422;
}
