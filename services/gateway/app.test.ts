import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { createProbes } from '#core/health.ts';
import { createMetrics, httpMetrics } from '#core/metrics.ts';
import { problemOf, serve } from './fixture.ts';
import { createAuth } from './middleware/auth.ts';
import { uploadParams } from './params.ts';
import { defineRoute, type Route } from './route.ts';

const id = '0b0c1d2e-3f40-4a5b-8c6d-7e8f90a1b2c3';
const described = { summary: 'Test', tag: 'test' };

const whoami = defineRoute({
  ...described,
  method: 'get',
  path: '/api/whoami',
  responses: {
    200: z.object({ id: z.string(), principal: z.string(), origin: z.string(), trace: z.string() }),
  },
  handle: async ({ request: { id, principal, origin, traceparent } }) => ({
    status: 200,
    body: { id, principal, origin, trace: traceparent ?? 'none' },
  }),
});

function failing(thrown: unknown): Route {
  return defineRoute({
    ...described,
    method: 'get',
    path: '/api/failing',
    responses: { 204: { description: 'Never' } },
    handle: async () => {
      throw thrown;
    },
  });
}

function empty(method: 'get' | 'post' | 'delete', path: string): Route {
  const request = path.includes(':id') ? { params: uploadParams } : {};
  return defineRoute({
    ...described,
    method,
    path,
    request,
    responses: { 204: { description: 'Done' } },
    handle: async () => ({ status: 204 }),
  });
}

describe('addresses', () => {
  const routes = [
    empty('post', '/api/uploads/initiate'),
    empty('get', '/api/uploads/:id'),
    empty('delete', '/api/uploads/:id'),
  ];

  test('that do not exist are told apart from methods that are not taken', async (t) => {
    const { url } = await serve(t, { routes });
    const unknown = await fetch(`${url}/api/nothing`);
    assert.equal((await problemOf(unknown)).code, 'route.not_found');
    const broken = await fetch(`${url}/api/uploads/%E0%A4%A`);
    assert.equal((await problemOf(broken)).code, 'route.not_found');
    const wrong = await fetch(`${url}/api/uploads/${id}`, { method: 'PUT' });
    assert.equal((await problemOf(wrong)).code, 'route.method_not_allowed');
    assert.equal(wrong.headers.get('allow'), 'GET, DELETE, HEAD, OPTIONS');
  });

  test('with a fixed name are not taken for an id', async (t) => {
    const { url } = await serve(t, { routes });
    const response = await fetch(`${url}/api/uploads/initiate`);
    assert.equal((await problemOf(response)).code, 'route.method_not_allowed');
    assert.equal(response.headers.get('allow'), 'POST, OPTIONS');
  });

  test('tell what they take when asked by OPTIONS', async (t) => {
    const { url } = await serve(t, { routes });
    const response = await fetch(`${url}/api/uploads/${id}`, { method: 'OPTIONS' });
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('allow'), 'GET, DELETE, HEAD, OPTIONS');
  });
});

describe('failures', () => {
  test('that have a name are told with advice and details', async (t) => {
    const error = new AppError('upload.wrong_status', 'the upload is parsed', {
      details: { upload_status: 'parsed' },
    });
    const { url, logged } = await serve(t, { routes: [failing(error)] });
    const response = await fetch(`${url}/api/failing`, { headers: { 'x-request-id': 'r-1' } });
    assert.equal(response.status, 409);
    assert.deepEqual(await response.json(), {
      type: 'urn:problem-type:cricksy:upload.wrong_status',
      title: error.title,
      status: 409,
      code: 'upload.wrong_status',
      detail: 'the upload is parsed',
      advice: error.advice,
      request_id: 'r-1',
      upload_status: 'parsed',
    });
    assert.ok(
      logged.every(({ level }) => Number(level) <= 20),
      'no alarm for a caller’s mistake',
    );
  });

  test('that nobody named leak nothing to the caller and all to the log', async (t) => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7 password=hunter2');
    for (const thrown of [
      cause,
      new AppError('internal', 'select * from uploads', { details: { sql: 'select' }, cause }),
      'a bare text hunter2',
    ]) {
      const { url, logged } = await serve(t, { routes: [failing(thrown)] });
      const response = await fetch(`${url}/api/failing`);
      const body = await response.text();
      assert.equal(response.status, 500);
      assert.doesNotMatch(body, /hunter2|ECONNREFUSED|select|at .*\.ts/);
      assert.equal(JSON.parse(body).code, 'internal');
      const { requestId, ...line } = logged.find(({ msg }) => msg === 'a request failed') ?? {};
      assert.match(JSON.stringify(line), /hunter2/);
      assert.equal(requestId, response.headers.get('x-request-id'));
    }
  });

  test('that pass say when to try again', async (t) => {
    const { url } = await serve(t, { routes: [failing(new AppError('ledger.unavailable'))] });
    const response = await fetch(`${url}/api/failing`);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '5');
  });
});

describe('a request', () => {
  test('keeps a sane id of its caller and gets one otherwise', async (t) => {
    const { url } = await serve(t, { routes: [whoami], newId: () => 'made-here' });
    const idFor = async (given: string) => {
      const response = await fetch(`${url}/api/whoami`, { headers: { 'x-request-id': given } });
      const { id } = (await response.json()) as { id: string };
      assert.equal(response.headers.get('x-request-id'), id);
      return id;
    };
    assert.equal(await idFor('0af7-651:9'), '0af7-651:9');
    for (const insane of ['two words', '"quoted"', 'ä', 'x'.repeat(129)]) {
      assert.equal(await idFor(insane), 'made-here');
    }
  });

  test('keeps a valid trace context and loses a broken one', async (t) => {
    const { url } = await serve(t, { routes: [whoami] });
    const traceFor = async (traceparent: string) => {
      const response = await fetch(`${url}/api/whoami`, { headers: { traceparent } });
      return ((await response.json()) as { trace: string }).trace;
    };
    const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    assert.equal(await traceFor(valid), valid);
    assert.equal(await traceFor(valid.replace(/^00/, 'ff')), 'none');
    assert.equal(await traceFor(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`), 'none');
    assert.equal(await traceFor('garbage'), 'none');
  });

  test('says where it came in: by Host, by a trusted proxy, or as configured', async (t) => {
    const originBy = async (options: { trustProxy?: string; publicUrl?: string }) => {
      const { url } = await serve(t, { routes: [whoami], ...options });
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'ocr.example' };
      const { origin } = (await (await fetch(`${url}/api/whoami`, { headers })).json()) as {
        origin: string;
      };
      return { origin, url };
    };
    const direct = await originBy({});
    assert.equal(direct.origin, direct.url, 'a stranger’s headers are not believed');
    assert.equal((await originBy({ trustProxy: '1' })).origin, 'https://ocr.example');
    assert.equal((await originBy({ publicUrl: 'https://a.example/' })).origin, 'https://a.example');
  });

  test('with a Host that is no address is refused where an address is needed', async (t) => {
    const { url } = await serve(t, { routes: [whoami] });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('GET /api/whoami HTTP/1.1\r\nHost: a.example/evil?x=\r\nConnection: close\r\n\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 400 [\s\S]*"request\.invalid"/);
  });

  test('leaves one line and one observation, with the route’s pattern and no secrets', async (t) => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    const { url, logged } = await serve(t, {
      routes: [empty('get', '/api/uploads/:id')],
      observe: httpMetrics(metrics),
    });
    await fetch(`${url}/api/uploads/${id}?access_token=secret`);
    await fetch(`${url}/api/nothing/${id}`);
    const lines = logged.filter(({ msg }) => msg === 'request');
    assert.deepEqual(
      lines.map(({ method, route, status }) => ({ method, route, status })),
      [
        { method: 'GET', route: '/api/uploads/:id', status: 204 },
        { method: 'GET', route: 'unmatched', status: 404 },
      ],
    );
    assert.doesNotMatch(JSON.stringify(logged), /secret|0b0c1d2e/);
    assert.match(
      await metrics.metrics(),
      /cricksy_ocr_http_request_duration_seconds_count\{method="GET",route="\/api\/uploads\/:id",status="204"\} 1/,
    );
  });

  test('makes no series of a method that it invents', async (t) => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    const { url } = await serve(t, { routes: [whoami], observe: httpMetrics(metrics) });
    for (const method of ['PROPFIND', 'MKCOL', 'PURGE'])
      await fetch(`${url}/api/whoami`, { method });
    const counts = (await metrics.metrics()).match(/_count\{method=.*/g);
    assert.deepEqual(counts, ['_count{method="other",route="/api/whoami",status="405"} 3']);
  });
});

describe('headers', () => {
  test('give nothing away and let nothing run', async (t) => {
    const { url } = await serve(t, { routes: [whoami] });
    const { headers } = await fetch(`${url}/api/whoami`);
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('etag'), null);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  });
});

describe('probes', () => {
  test('answer on the API’s port without a token, where they are wanted', async (t) => {
    const probes = createProbes({ ready: async () => ({}) });
    const { url } = await serve(t, { probes, auth: createAuth('a-long-token') });
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    assert.equal((await fetch(`${url}/metrics`)).status, 401, 'metrics only where handed in');
  });
});
