import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { problemOf, send, serve } from './fixture.ts';
import { pageParams, uploadParams } from './params.ts';
import { defineRoute } from './route.ts';

const id = '0b0c1d2e-3f40-4a5b-8c6d-7e8f90a1b2c3';

const echo = defineRoute({
  method: 'post',
  path: '/api/echo',
  summary: 'Answer what was sent',
  tag: 'test',
  request: {
    query: z.object({ limit: z.coerce.number().int().max(10).default(5) }),
    body: z.object({
      name: z.string().max(5).optional(),
      options: z.strictObject({ model: z.enum(['fast', 'accurate']) }).optional(),
      data: z.unknown().optional(),
    }),
  },
  responses: { 200: z.object({ limit: z.int(), body: z.unknown() }) },
  handle: async ({ query, body }) => ({ status: 200, body: { limit: query.limit, body } }),
});

const page = defineRoute({
  method: 'get',
  path: '/api/uploads/:id/pages/:number',
  summary: 'Answer the parameters',
  tag: 'test',
  request: { params: pageParams },
  responses: { 200: z.object({ id: z.string(), number: z.int() }) },
  handle: async ({ params }) => ({ status: 200, body: params }),
});

describe('a request reaches its handler', () => {
  test('with the types of its schemas, defaults filled in', async (t) => {
    const { url } = await serve(t, { routes: [echo] });
    const response = await send(`${url}/api/echo?limit=7&other=1`, '{"name":"Ann","more":1}');
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { limit: 7, body: { name: 'Ann' } });
  });

  test('without fields that would reach behind its object', async (t) => {
    const { url } = await serve(t, { routes: [echo] });
    const response = await send(`${url}/api/echo`, '{"__proto__":{"name":"x"},"data":{"a":1}}');
    assert.deepEqual(await response.json(), { limit: 5, body: { data: { a: 1 } } });
    assert.equal(({} as { name?: string }).name, undefined);
  });

  test('without a body and a content type, as if it were {}', async (t) => {
    const { url } = await serve(t, { routes: [echo] });
    const bare = await fetch(`${url}/api/echo`, { method: 'POST' });
    assert.deepEqual(await bare.json(), { limit: 5, body: {} });
    const empty = await send(`${url}/api/echo`, '', { 'content-type': 'text/plain' });
    assert.deepEqual(await empty.json(), { limit: 5, body: {} });
  });

  test('with ids in the form of the ledger, whatever their case', async (t) => {
    const { url } = await serve(t, { routes: [page] });
    const response = await fetch(`${url}/api/uploads/${id.toUpperCase()}/pages/3`);
    assert.deepEqual(await response.json(), { id, number: 3 });
  });
});

describe('a request is refused', () => {
  const cases: [
    what: string,
    body: string | Buffer<ArrayBuffer>,
    type: string,
    status: number,
    code: string,
  ][] = [
    ['broken JSON', '{"name":', 'application/json', 400, 'request.malformed'],
    ['JSON that is no object', '"text"', 'application/json', 400, 'request.malformed'],
    ['an array', '[]', 'application/json', 400, 'request.invalid'],
    ['another content type', '{}', 'text/plain', 415, 'request.not_acceptable'],
    ['a form', 'name=Ann', 'application/x-www-form-urlencoded', 415, 'request.not_acceptable'],
    ['another charset', '{}', 'application/json; charset=latin1', 415, 'request.not_acceptable'],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"data":"caf\xe9"}', 'latin1'),
      'application/json',
      400,
      'request.malformed',
    ],
    [
      'UTF-16',
      Buffer.from('{"data":1}', 'utf16le'),
      'application/json; charset=utf-16le',
      400,
      'request.malformed',
    ],
    [
      'U+0000 inside a text',
      '{"data":{"a":["\\u0000"]}}',
      'application/json',
      400,
      'request.invalid',
    ],
    ['U+0000 inside a key', '{"data":{"\\u0000":1}}', 'application/json', 400, 'request.invalid'],
    ['half a surrogate pair', '{"data":"\\ud83c"}', 'application/json', 400, 'request.invalid'],
    [
      'nesting without end',
      `{"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'application/json',
      400,
      'request.invalid',
    ],
    [
      'too many bytes',
      `{"data":"${'x'.repeat(300_000)}"}`,
      'application/json',
      413,
      'request.too_large',
    ],
  ];
  for (const [what, body, type, status, code] of cases) {
    test(`for ${what}: ${code}`, async (t) => {
      const { url } = await serve(t, { routes: [echo], bodyLimit: 256 * 1024 });
      const response = await send(`${url}/api/echo`, body, { 'content-type': type });
      assert.equal(response.status, status);
      assert.equal((await problemOf(response)).code, code);
    });
  }

  test('for too many bytes of a length that nobody announced', async (t) => {
    const { url } = await serve(t, { routes: [echo], bodyLimit: 1_000 });
    const body = new Blob(['{"data":"', 'x'.repeat(200_000), '"}']).stream();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/echo`, {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    });
    assert.equal((await problemOf(response)).code, 'request.too_large');
  });

  test('for a length beyond the limit, before the bytes are sent', async (t) => {
    const { url } = await serve(t, { routes: [echo] });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write('POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n');
    socket.write('Content-Length: 9000000000\r\n\r\n{');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 413 /);
  });

  test('for a compressed body, which could be a bomb', async (t) => {
    const { url } = await serve(t, { routes: [echo] });
    const response = await send(`${url}/api/echo`, '{}', { 'content-encoding': 'gzip' });
    assert.equal((await problemOf(response)).code, 'request.not_acceptable');
  });

  test('for wrong fields, every one of them named', async (t) => {
    const { url } = await serve(t, { routes: [echo] });
    const body = { name: 'far too long', options: { model: 'best', colour: 'red' } };
    const response = await send(`${url}/api/echo`, JSON.stringify(body));
    assert.equal(response.status, 400);
    const { code, errors } = await problemOf(response);
    assert.equal(code, 'request.invalid');
    assert.deepEqual(
      errors?.map(({ field }) => field),
      ['name', 'options.model', 'options.colour'],
    );
  });

  test('for a wrong or repeated query', async (t) => {
    const { url } = await serve(t, { routes: [echo] });
    for (const query of ['limit=11', 'limit=abc', 'limit=1&limit=2']) {
      const response = await send(`${url}/api/echo?${query}`, '{}');
      assert.equal(response.status, 400, query);
      assert.deepEqual(
        (await problemOf(response)).errors?.map(({ field }) => field),
        ['limit'],
      );
    }
  });

  test('as not found when a parameter cannot name anything', async (t) => {
    const { url } = await serve(t, { routes: [page] });
    const upload = await fetch(`${url}/api/uploads/not-an-id/pages/1`);
    assert.equal(upload.status, 404);
    assert.equal((await problemOf(upload)).code, 'upload.not_found');
    for (const number of ['0', '-1', '1.5', '99999999', '%00']) {
      const response = await fetch(`${url}/api/uploads/${id}/pages/${number}`);
      assert.equal((await problemOf(response)).code, 'page.not_found', number);
    }
  });
});

describe('an answer', () => {
  const answer = { method: 'get', path: '/api/x', summary: 'Answer', tag: 'test' } as const;

  test('never carries more than its schema says', async (t) => {
    const row = { shown: 1, secret: 2 };
    const route = defineRoute({
      ...answer,
      responses: { 200: z.object({ shown: z.int() }) },
      handle: async () => ({ status: 200, body: row }),
    });
    const { url } = await serve(t, { routes: [route] });
    const response = await fetch(`${url}/api/x`);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.deepEqual(await response.json(), { shown: 1 });
  });

  test('that does not fit its schema is our mistake: told to the log by place, to nobody by value', async (t) => {
    const route = defineRoute({
      ...answer,
      responses: { 200: z.object({ at: z.iso.datetime() }) },
      handle: async () => ({ status: 200, body: { at: 'recognised text' } }),
    });
    const { url, logged } = await serve(t, { routes: [route] });
    const response = await fetch(`${url}/api/x`);
    assert.equal(response.status, 500);
    assert.equal((await problemOf(response)).code, 'internal');
    const line = logged.find(({ msg }) => msg === 'a request failed');
    assert.match(JSON.stringify(line), /GET \/api\/x does not fit its schema: at: invalid_format/);
    assert.doesNotMatch(JSON.stringify(logged), /recognised text/);
  });

  test('may be bytes or a stream of a type of its own', async (t) => {
    const route = defineRoute({
      ...answer,
      request: { query: z.object({ as: z.enum(['text', 'stream']) }) },
      responses: { 200: { description: 'Text', contentTypes: ['text/plain'] } },
      handle: async ({ query }) => ({
        status: 200,
        raw: query.as === 'text' ? 'Äpfel' : Readable.from([Buffer.from('Äpf'), Buffer.from('el')]),
        contentType: 'text/plain; charset=utf-8',
        headers: { 'cache-control': 'private, max-age=60' },
      }),
    });
    const { url } = await serve(t, { routes: [route] });
    for (const as of ['text', 'stream']) {
      const response = await fetch(`${url}/api/x?as=${as}`);
      assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.equal(response.headers.get('cache-control'), 'private, max-age=60');
      assert.equal(await response.text(), 'Äpfel');
      const head = await fetch(`${url}/api/x?as=${as}`, { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.equal(await head.text(), '');
    }
  });

  test('that breaks off in the middle breaks the connection, and the next request is served', async (t) => {
    const route = defineRoute({
      ...answer,
      responses: { 200: { description: 'Text', contentTypes: ['text/plain'] } },
      handle: async () => ({
        status: 200,
        raw: Readable.from(broken()),
        contentType: 'text/plain',
      }),
    });
    const { url, logged } = await serve(t, { routes: [route] });
    await assert.rejects(async () => (await fetch(`${url}/api/x`)).text());
    assert.ok(logged.some(({ msg }) => msg === 'an answer broke off'));
    assert.equal((await fetch(`${url}/api/y`)).status, 404);
  });

  test('without a body has none', async (t) => {
    const route = defineRoute({
      ...answer,
      method: 'delete',
      path: '/api/uploads/:id',
      request: { params: uploadParams },
      responses: { 204: { description: 'Gone' } },
      handle: async () => ({ status: 204 }),
    });
    const { url } = await serve(t, { routes: [route] });
    const response = await fetch(`${url}/api/uploads/${id}`, { method: 'DELETE' });
    assert.equal(response.status, 204);
    assert.equal(await response.text(), '');
  });
});

test('a route whose path and schema name different parameters cannot be defined', () => {
  assert.throws(
    () =>
      defineRoute({
        method: 'get',
        path: '/api/uploads/:id/pages/:page',
        summary: 'Never',
        tag: 'test',
        request: { params: pageParams },
        responses: { 204: { description: 'Never' } },
        handle: async () => ({ status: 204 }),
      }),
    TypeError,
  );
});

async function* broken() {
  yield 'half';
  await new Promise((resolve) => setImmediate(resolve));
  throw new Error('the store went away');
}
