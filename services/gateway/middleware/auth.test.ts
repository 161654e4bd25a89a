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
