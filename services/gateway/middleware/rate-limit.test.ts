import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Database, openDatabase } from '#core/ledger/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import { problemOf, serve } from '../fixture.ts';
import { defineRoute, type Route } from '../route.ts';
import { clientOf, rateLimit } from './rate-limit.ts';

function limited(db: Database, points: number, name = 'initiate'): Route {
  return defineRoute({
    method: 'post',
    path: '/api/limited',
    summary: 'Do it, but not too often',
    tag: 'test',
    before: [rateLimit({ name, points, seconds: 60 }, db)],
    responses: { 204: { description: 'Done' } },
    errors: ['rate.limited'],
    handle: async () => ({ status: 204 }),
  });
}

const post = (url: string, client?: string) =>
  fetch(`${url}/api/limited`, {
    method: 'POST',
    ...(client && { headers: { 'x-forwarded-for': client } }),
  });

describe('a limit', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let db: Database;
  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, name: 'test' });
  });
  beforeEach(() => db.query('delete from rate_limits'));
  after(async () => {
    await db.close();
    await database.drop();
  });

  test('is shared by all replicas', async (t) => {
    const one = await serve(t, { routes: [limited(db, 4)] });
    const other = await serve(t, { routes: [limited(db, 4)] });
    for (const { url } of [one, other, one, other]) assert.equal((await post(url)).status, 204);
    for (const { url } of [one, other]) {
      const refused = await post(url);
      assert.equal(refused.status, 429);
      assert.equal((await problemOf(refused)).code, 'rate.limited');
    }
  });

  test('lets exactly as many through when all come at once', async (t) => {
    const apps = [
      await serve(t, { routes: [limited(db, 5)] }),
      await serve(t, { routes: [limited(db, 5)] }),
    ];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => post(apps[index % 2]?.url ?? '')),
    );
    assert.equal(answers.filter(({ status }) => status === 204).length, 5);
    assert.equal(answers.filter(({ status }) => status === 429).length, 15);
  });

  test('tells every caller where it stands and when to come back', async (t) => {
    const { url } = await serve(t, { routes: [limited(db, 1)] });
    const { headers } = await post(url);
    assert.equal(headers.get('ratelimit-policy'), '"initiate";q=1;w=60');
    assert.match(headers.get('ratelimit') ?? '', /^"initiate";r=0;t=(60|5\d)$/);
    assert.equal(headers.get('retry-after'), null);
    for (const _time of ['counted', 'from memory']) {
      const refused = await post(url);
      assert.equal(refused.status, 429);
      assert.match(refused.headers.get('ratelimit') ?? '', /^"initiate";r=0;t=(60|5\d)$/);
      assert.match(refused.headers.get('retry-after') ?? '', /^(60|5\d)$/);
    }
  });

  test('counts each client for itself, told apart only by a trusted proxy', async (t) => {
    const behind = await serve(t, { routes: [limited(db, 1)], trustProxy: '1' });
    assert.equal((await post(behind.url, '192.0.2.1')).status, 204);
    assert.equal((await post(behind.url, '192.0.2.2')).status, 204);
    assert.equal((await post(behind.url, '192.0.2.2')).status, 429);
    const direct = await serve(t, { routes: [limited(db, 1, 'direct')] });
    assert.equal((await post(direct.url, '192.0.2.3')).status, 204);
    assert.equal(
      (await post(direct.url, '192.0.2.4')).status,
      429,
      'headers of strangers count for nothing',
    );
  });

  test('ends with its window', async (t) => {
    const { url } = await serve(t, { routes: [limited(db, 1)] });
    assert.equal((await post(url)).status, 204);
    await db.query('update rate_limits set expire = 1');
    assert.equal((await post(url)).status, 204);
  });

  test('lets requests pass to a ledger that it cannot reach itself', async (t) => {
    const gone = openDatabase({ url: 'postgresql://127.0.0.1:1/none', name: 'test' });
    t.after(() => gone.close());
    const { url, logged } = await serve(t, { routes: [limited(gone, 1)] });
    assert.equal((await post(url)).status, 204);
    assert.equal((await post(url)).status, 204);
    assert.ok(logged.some(({ msg }) => msg === 'the rate limit could not be read'));
  });
});

test('a client is an IPv4 address or the network of an IPv6 address', () => {
  assert.equal(clientOf('192.0.2.1'), '192.0.2.1');
  assert.equal(clientOf('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(clientOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(clientOf('2001:db8:1:2::9'), '2001:db8:1:2::/64');
  assert.equal(clientOf('2001:db8::9'), '2001:db8:0:0::/64');
  assert.equal(clientOf('::1'), '0:0:0:0::/64');
  assert.equal(clientOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(clientOf(undefined), 'unknown');
});
