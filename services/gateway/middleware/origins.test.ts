import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { serve } from '../fixture.ts';
import { createAuth } from './auth.ts';
import { isAllowedOrigin } from './origins.ts';

const page = 'https://app.example';

describe('pages of other origins', () => {
  test('may ask before they send, without a token, when they are allowed', async (t) => {
    const { url } = await serve(t, { origins: [page], auth: createAuth('a-long-token') });
    const preflight = await fetch(`${url}/api/uploads/initiate`, {
      method: 'OPTIONS',
      headers: {
        origin: page,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), page);
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /POST/);
    assert.equal(
      preflight.headers.get('access-control-allow-headers'),
      'authorization,content-type',
    );
  });

  test('can read our headers, also of refusals', async (t) => {
    const { url } = await serve(t, { origins: [page] });
    const { headers } = await fetch(`${url}/api/nothing`, { headers: { origin: page } });
    assert.equal(headers.get('access-control-allow-origin'), page);
    assert.match(headers.get('access-control-expose-headers') ?? '', /X-Request-Id/);
    assert.match(headers.get('vary') ?? '', /Origin/);
  });

  test('get no permission when they are not allowed, or nobody is', async (t) => {
    for (const origins of [[page], []]) {
      const { url } = await serve(t, { origins });
      const { headers } = await fetch(`${url}/api/x`, {
        headers: { origin: 'https://evil.example' },
      });
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });

  test('are all welcome with *', async (t) => {
    const { url } = await serve(t, { origins: ['*'] });
    const { headers } = await fetch(`${url}/api/x`, { headers: { origin: 'https://any.example' } });
    assert.equal(headers.get('access-control-allow-origin'), '*');
  });
});

test('WebSockets are opened by programs, by our own pages and by allowed ones', () => {
  const from = (headers: Record<string, string>, origins: string[] = []) =>
    isAllowedOrigin({ headers } as unknown as IncomingMessage, origins);
  const host = 'localhost:8080';
  assert.equal(from({ host }), true);
  assert.equal(from({ host, origin: 'http://localhost:8080' }), true);
  assert.equal(from({ host, origin: page }, [page]), true);
  assert.equal(from({ host, origin: page }, ['*']), true);
  assert.equal(from({ host, origin: page }), false);
  assert.equal(from({ host, origin: 'http://localhost:9090' }), false);
  assert.equal(from({ host, origin: 'null' }), false);
});
