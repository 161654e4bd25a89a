// The real application on a free port, with routes of a test's own. Imported by tests only.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type Problem, problem } from '#core/messages.ts';
import { type AppOptions, createApp } from './app.ts';
import { createAuth } from './middleware/auth.ts';
import { createHttpServer } from './server.ts';

export interface TestApp {
  readonly url: string;
  /** What was logged, one JSON object each. */
  readonly logged: Record<string, unknown>[];
}

/** Serves until the test ends. */
export async function serve(
  t: { after(end: () => Promise<void>): void },
  options: Partial<AppOptions>,
): Promise<TestApp> {
  const logged: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const app = createApp({
    routes: [],
    auth: createAuth(undefined),
    origins: [],
    info: { title: 'Test', version: '0.0.0' },
    log: pino({ level: 'debug', serializers: { error: pino.stdSerializers.err } }, sink),
    ...options,
  });
  const server = createHttpServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, logged };
}

/** The answer as a problem of the published form; fails when it is none. */
export async function problemOf(response: Response): Promise<Problem> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  const body = problem.parse(await response.json());
  assert.equal(body.status, response.status);
  assert.equal(body.request_id, response.headers.get('x-request-id'));
  return body;
}

export function send(
  url: string,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  return fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
