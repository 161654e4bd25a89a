// Who may listen, and what becomes of connections that are slow, dead or refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { encodePosition } from '#core/domain/cursor.ts';
import { pruneEvents } from '#core/ledger/events/prune-events.ts';
import { createWaker } from '#core/ledger/wake.ts';
import { happened } from '../../testing/happened.ts';
import { initiated, openTestLedger } from '../../testing/ledger.ts';
import {
  follow,
  followed,
  type LiveGateway,
  startLive,
  startSequencing,
  write,
} from './fixture.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let sequencer: ReturnType<typeof startSequencing>;
before(async () => {
  ledger = await openTestLedger();
  sequencer = startSequencing(ledger);
});
after(async () => {
  await sequencer.stop();
  await ledger.close();
});

describe('an upgrade', () => {
  let gateway: LiveGateway;
  before(async () => {
    gateway = await startLive(ledger, { token: 'a-long-token', origins: ['https://app.example'] });
  });
  after(() => gateway.stop());

  test('needs the token: in a header, as a subprotocol, or in the query', async () => {
    const refused = [
      follow(gateway),
      follow(gateway, { headers: { authorization: 'Bearer wrong' } }),
      follow(gateway, { query: { access_token: 'wrong' } }),
      follow(gateway, { protocols: ['bearer.wrong'] }),
    ];
    for (const { closed, messages } of refused) {
      assert.deepEqual(await closed, { code: 4401, reason: 'auth.required' });
      assert.deepEqual(messages, []);
    }
    const taken = [
      await followed(gateway, { headers: { authorization: 'Bearer a-long-token' } }),
      await followed(gateway, { query: { access_token: 'a-long-token' } }),
      await followed(gateway, { protocols: ['cricksy.v1', 'bearer.a-long-token'] }),
    ];
    assert.equal(taken.at(-1)?.socket.protocol, 'cricksy.v1', 'the token is not echoed');
    await Promise.all(taken.map((listening) => listening.leave()));
  });

  test('by a page needs an allowed origin, whatever token it shows', async () => {
    const by = (origin: string) => ({
      headers: { origin, authorization: 'Bearer a-long-token' },
    });
    const { code, reason } = await follow(gateway, by('https://evil.example')).closed;
    assert.deepEqual([code, reason], [4403, 'origin.forbidden']);
    for (const origin of ['https://app.example', `http://127.0.0.1:${gateway.port}`]) {
      await (await followed(gateway, by(origin))).leave();
    }
  });

  test('elsewhere, or of nonsense, is refused and ends no process', async () => {
    const upgrade = async (target: string, protocol = 'websocket') => {
      const socket = connect(gateway.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => (answer += data));
      socket.write(
        `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: ${protocol}\r\n\r\n`,
      );
      await once(socket, 'close');
      return answer;
    };
    for (const target of ['/api/nothing', '/', '//', 'http://[', '/\\', '*']) {
      assert.match(
        await upgrade(target),
        /^HTTP\/1\.1 40[04] [\s\S]*"(route.not_found|request.not_http)"/,
        target,
      );
    }
    // Without the headers of a WebSocket.
    assert.match(await upgrade('/api/events'), /^HTTP\/1\.1 400 [\s\S]*"request.not_http"/);
    assert.match(await upgrade('/api/uploads', 'h2c'), /^HTTP\/1\.1 200 [\s\S]*no upgrade/);
  });

  test('that is reset before it is answered ends no process', async (t) => {
    const uncaught: unknown[] = [];
    const note = (error: unknown) => void uncaught.push(error);
    process.on('uncaughtExceptionMonitor', note);
    t.after(() => process.off('uncaughtExceptionMonitor', note));
    for (let n = 0; n < 20; n++) {
      const socket = connect(gateway.port, '127.0.0.1');
      await once(socket, 'connect');
      const target = n % 2 ? '/api/nothing' : '/api/events';
      socket.write(
        `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
        () => socket.resetAndDestroy(),
      );
      await once(socket, 'close');
    }
    await (await followed(gateway, { query: { access_token: 'a-long-token' } })).leave();
    assert.deepEqual(uncaught, []);
  });
});

test('an upload is followed whatever the case of its id', async (t) => {
  const gateway = await startLive(ledger);
  t.after(() => gateway.stop());
  const { id } = await initiated(ledger.db);
  const listener = await followed(gateway, { query: { upload_id: id.toUpperCase() } });
  await write(ledger, id);
  const [first] = await listener.heard(1);
  assert.equal(first?.upload_id, id);
  await listener.leave();
});

describe('a cursor', () => {
  let gateway: LiveGateway;
  before(async () => {
    gateway = await startLive(ledger);
  });
  after(() => gateway.stop());
  const refusal = (cursor: string) => follow(gateway, { query: { cursor } }).closed;

  test('that is none, or ahead of all events, is invalid', async () => {
    const invalid = { code: 4400, reason: 'events.cursor_invalid' };
    for (const cursor of ['nonsense', '%', encodePosition(1).slice(1), encodePosition(999_999)]) {
      assert.deepEqual(await refusal(cursor), invalid, cursor);
    }
    assert.deepEqual(await refusal('x'.repeat(300)), { code: 4400, reason: 'request.invalid' });
  });

  test('from before the events that are kept is expired, the oldest kept one is not', async () => {
    const listener = await followed(gateway);
    const start = listener.cursor();
    await write(ledger, randomUUID(), { name: 'old' });
    const [old] = await listener.heard(1);
    await ledger.db.query("update events set created_at = now() - interval '31 days'");
    await pruneEvents(ledger.db, { days: 30 });
    await write(ledger, randomUUID(), { name: 'new' });
    await listener.heard(2);
    assert.deepEqual(await refusal(start), { code: 4410, reason: 'events.cursor_expired' });
    const resumed = await followed(gateway, { query: { cursor: old?.cursor ?? '' } });
    const [next] = await resumed.heard(1);
    assert.equal(next?.data['name'], 'new');
    await Promise.all([listener.leave(), resumed.leave()]);
  });
});

describe('a listener', () => {
  test('that reads too slowly is cut, told so, and resumes at exactly the next event', async (t) => {
    const gateway = await startLive(ledger);
    t.after(() => gateway.stop());
    const [slow, quick] = [await followed(gateway), await followed(gateway)];
    slow.socket.pause();
    const id = randomUUID();
    // Far more than the buffers of the system and ours take.
    const [many, bytes] = [400, 60_000];
    for (let n = 0; n < many; n += 10) {
      await ledger.db.query(
        `insert into events (upload_id, type, data)
         select $1, 'page.done', jsonb_build_object('n', n, 'text', repeat('x', $2))
           from generate_series($3::int, $3::int + 9) as n`,
        [id, bytes, n],
      );
      createWaker(ledger.db).events();
      await quick.heard(n + 10);
    }
    slow.socket.resume();
    assert.deepEqual(await slow.closed, { code: 4503, reason: 'events.too_slow' });
    const first = slow.events();
    assert.ok(first.length < many);
    const resumed = await followed(gateway, { query: { cursor: slow.cursor() } });
    const rest = await resumed.heard(many - first.length);
    assert.deepEqual(
      [...first, ...rest].map((event) => event.data['n']),
      Array.from({ length: many }, (_, n) => n),
    );
    await Promise.all([quick.leave(), resumed.leave()]);
    await happened(() => gateway.subscribers() === 0);
  });

  test('that answers no ping is dropped at the second, one that does stays', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const gateway = await startLive(ledger);
    t.after(() => gateway.stop());
    const dead = await followed(gateway, { autoPong: false });
    const alive = await followed(gateway);
    for (const _round of [1, 2]) {
      const pinged = once(alive.socket, 'ping');
      t.mock.timers.tick(30_000);
      await pinged;
      await write(ledger, randomUUID());
      await alive.heard(1);
    }
    assert.equal((await dead.closed).code, 1006);
    assert.equal(gateway.subscribers(), 1);
    await alive.leave();
  });

  test('is told to go elsewhere when the gateway stops', async () => {
    const gateway = await startLive(ledger);
    const listener = await followed(gateway);
    await gateway.stop();
    assert.equal((await listener.closed).code, 1001);
  });
});
