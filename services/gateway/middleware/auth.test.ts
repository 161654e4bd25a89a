import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { problemOf, serve } from '../fixture.ts';
import { defineRoute } from '../route.ts';
import { authenticateUpgrade, chooseSubprotocol, createAuth } from './auth.ts';

const token = 'correct-horse';
const route = defineRoute({
  method: 'get',
  path: '/api/principal',
  summary: 'Say who asks',
  tag: 'test',
  responses: { 200: z.object({ principal: z.string() }) },
  handle: async ({ request }) => ({ status: 200, body: { principal: request.principal } }),
});

describe('calls', () => {
  test('need no token where none is configured', async (t) => {
    const { url } = await serve(t, { routes: [route], auth: createAuth(undefined) });
    const response = await fetch(`${url}/api/principal`);
    assert.deepEqual(await response.json(), { principal: 'anonymous' });
  });

  test('with the token pass, without it or with another they do not', async (t) => {
    const { url } = await serve(t, { routes: [route], auth: createAuth(token) });
    const call = (authorization?: string) =>
      fetch(`${url}/api/principal`, authorization ? { headers: { authorization } } : {});
    assert.deepEqual(await (await call(`Bearer ${token}`)).json(), { principal: 'token' });
    for (const wrong of [
      undefined,
      'Bearer',
      `Bearer ${token}x`,
      'Bearer correct',
      `Basic ${token}`,
    ]) {
      const response = await call(wrong);
      assert.equal(response.status, 401, String(wrong));
      assert.equal((await problemOf(response)).code, 'auth.required');
      assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="cricksy"');
    }
  });

  test('to addresses that do not exist need it as well', async (t) => {
    const { url } = await serve(t, { routes: [route], auth: createAuth(token) });
    assert.equal((await fetch(`${url}/api/nothing`)).status, 401);
    assert.equal((await fetch(`${url}/api/openapi.json`)).status, 401);
  });

  test('to signed object URLs need none', async (t) => {
    const { url } = await serve(t, {
      auth: createAuth(token),
      objects: (request, response, next) => {
        if (request.path.startsWith('/objects/')) response.send('bytes');
        else next();
      },
    });
    assert.equal(await (await fetch(`${url}/objects/a?signature=1`)).text(), 'bytes');
    assert.equal((await fetch(`${url}/api/principal`)).status, 401);
  });
});

describe('what operators do', () => {
  const open = { ...route, path: '/api/read' };
  const closed = defineRoute({
    ...route,
    path: '/api/operate',
    responses: { 200: z.object({ principal: z.string() }) },
    operator: true,
    handle: async ({ request }) => ({ status: 200, body: { principal: request.principal } }),
  });
  const routes = [open, closed];
  const call = async (url: string, path: string, shown?: string) => {
    const headers = shown ? { authorization: `Bearer ${shown}` } : {};
    const answer = await fetch(`${url}/api/${path}`, { headers });
    if (!answer.ok) return [answer.status, (await problemOf(answer)).code];
    return [answer.status, ((await answer.json()) as { principal: string }).principal];
  };

  test('needs their token beside that of everybody', async (t) => {
    const { url } = await serve(t, { routes, auth: createAuth(token, 'of-operators') });
    assert.deepEqual(await call(url, 'read', token), [200, 'token']);
    assert.deepEqual(await call(url, 'read', 'of-operators'), [200, 'operator']);
    assert.deepEqual(await call(url, 'operate', 'of-operators'), [200, 'operator']);
    assert.deepEqual(await call(url, 'operate', token), [403, 'auth.forbidden']);
    assert.deepEqual(await call(url, 'operate', 'another-one'), [401, 'auth.required']);
    assert.deepEqual(await call(url, 'operate'), [401, 'auth.required']);
  });

  test('needs their token where nothing else needs one', async (t) => {
    const { url } = await serve(t, { routes, auth: createAuth(undefined, 'of-operators') });
    assert.deepEqual(await call(url, 'read'), [200, 'anonymous']);
    assert.deepEqual(await call(url, 'operate', 'of-operators'), [200, 'operator']);
    assert.deepEqual(await call(url, 'operate', 'another-one'), [403, 'auth.forbidden']);
    assert.deepEqual(await call(url, 'operate'), [401, 'auth.required']);
  });

  test('needs the token of everybody where they have none of their own', async (t) => {
    const { url } = await serve(t, { routes, auth: createAuth(token) });
    assert.deepEqual(await call(url, 'operate', token), [200, 'token']);
    assert.deepEqual(await call(url, 'operate'), [401, 'auth.required']);
  });
});

describe('WebSocket upgrades', () => {
  const auth = createAuth(token);
  const upgrade = (url: string, headers: Record<string, string> = {}) =>
    authenticateUpgrade(auth, { url, headers } as unknown as IncomingMessage);

  test('show the token in a header, a subprotocol or the query', () => {
    assert.equal(upgrade('/api/events', { authorization: `Bearer ${token}` }), 'token');
    const offered = { 'sec-websocket-protocol': `cricksy, bearer.${token}` };
    assert.equal(upgrade('/api/events', offered), 'token');
    assert.equal(upgrade(`/api/events?cursor=1&access_token=${token}`), 'token');
  });

  test('are refused without it', () => {
    for (const url of ['/api/events', '/api/events?access_token=other']) {
      assert.throws(() => upgrade(url), { code: 'auth.required' });
    }
  });

  test('get a subprotocol that does not repeat the token, if there is one', () => {
    assert.equal(chooseSubprotocol(new Set([`bearer.${token}`, 'cricksy'])), 'cricksy');
    assert.equal(chooseSubprotocol(new Set([`bearer.${token}`])), `bearer.${token}`);
    assert.equal(chooseSubprotocol(new Set()), false);
  });
});
