// Listeners miss nothing and hear nothing twice, whatever breaks in between.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePosition } from '#core/domain/cursor.ts';
import { createWaker } from '#core/ledger/wake.ts';
import type { EventMessage } from '#core/messages.ts';
import { happened } from '../../testing/happened.ts';
import { openTestLedger } from '../../testing/ledger.ts';
import {
  follow,
  followed,
  hold,
  type LiveGateway,
  startLive,
  startSequencing,
  write,
} from './fixture.ts';
import type { Hub, Subscriber } from './hub.ts';
import { subscribe } from './subscription.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let sequencer: ReturnType<typeof startSequencing>;
let [one, other]: LiveGateway[] = [];
before(async () => {
  ledger = await openTestLedger();
  sequencer = startSequencing(ledger);
  [one, other] = await Promise.all([startLive(ledger), startLive(ledger)]);
});
after(async () => {
  await Promise.all([one?.stop(), other?.stop(), sequencer.stop()]);
  await ledger.close();
});

const gateway = (which: LiveGateway | undefined = one) => which ?? assert.fail();
const namesOf = (events: readonly EventMessage[]) => events.map((event) => event.data['name']);
/** All events in their order, as the ledger has them. */
async function cursorsFrom(start: string): Promise<string[]> {
  const rows = await ledger.db.query<{ position: number }>(
    'select position from events where position is not null order by position',
  );
  const cursors = rows.map(({ position }) => encodePosition(position));
  return cursors.slice(cursors.indexOf(start) + 1);
}

describe('transactions that commit in another order than they wrote', () => {
  test('are told in the order of their commits, and nobody misses the late one', async () => {
    const [early, late] = [randomUUID(), randomUUID()];
    const listener = await followed(gateway());
    const start = listener.cursor();
    const first = await hold(ledger, early, { name: 'wrote first' });
    const second = await hold(ledger, late, { name: 'wrote second' });
    await second.commit();
    await listener.heard(1);
    const between = listener.cursor();
    await first.commit();
    const expected = ['wrote second', 'wrote first'];
    assert.deepEqual(namesOf(await listener.heard(2)), expected);
    const resumed = await followed(gateway(other), { query: { cursor: between } });
    assert.deepEqual(namesOf(await resumed.heard(1)), ['wrote first']);
    const again = await followed(gateway(other), { query: { cursor: start } });
    assert.deepEqual(namesOf(await again.heard(2)), expected);
    await Promise.all([listener, resumed, again].map((open) => open.leave()));
    assert.deepEqual(namesOf(resumed.events()), ['wrote first']);
  });

  test('are heard once each by listeners that come and go between two gateways', async () => {
    const witness = await followed(gateway());
    const start = witness.cursor();
    const written = new AbortController();
    const write = async () => {
      for (let n = 0; n < 60; n++) {
        const held = await hold(ledger, randomUUID(), { n });
        await sleep(Math.random() * 10);
        await held.commit();
      }
    };
    const wander = async () => {
      const heard: EventMessage[] = [];
      let cursor = start;
      for (let turn = 0; !written.signal.aborted; turn++) {
        const listening = await followed(gateway(turn % 2 ? one : other), { query: { cursor } });
        await sleep(Math.random() * 30);
        await listening.leave();
        heard.push(...listening.events());
        cursor = listening.cursor();
      }
      const last = await followed(gateway(), { query: { cursor } });
      await last.heard(180 - heard.length);
      await last.leave();
      return [...heard, ...last.events()];
    };
    const wanderers = [wander(), wander(), wander()];
    await Promise.all([write(), write(), write()]);
    written.abort();
    await witness.heard(180);
    const expected = await cursorsFrom(start);
    assert.equal(expected.length, 180);
    for (const heard of await Promise.all(wanderers)) {
      assert.deepEqual(
        heard.map((event) => event.cursor),
        expected,
      );
    }
    await witness.leave();
  });
});

describe('several gateways', () => {
  test('each deliver every event, in the same order', async () => {
    const listeners = [await followed(gateway(one)), await followed(gateway(other))];
    const names = Array.from({ length: 50 }, (_, n) => `event ${n}`);
    await Promise.all(names.map((name) => write(ledger, randomUUID(), { name })));
    const [here, there] = await Promise.all(listeners.map((listener) => listener.heard(50)));
    assert.deepEqual(new Set(namesOf(here ?? [])), new Set(names));
    assert.deepEqual(here, there);
    await Promise.all(listeners.map((listener) => listener.leave()));
  });

  test('repeat nothing that another told before they had heard of it', async () => {
    const listener = await followed(gateway());
    const start = listener.cursor();
    for (const name of ['1', '2', '3']) await write(ledger, randomUUID(), { name });
    await listener.heard(3);
    await listener.leave();
    const cursors = await cursorsFrom(start);
    const told: string[] = [];
    // A gateway that is at the first of the three, while the listener has heard two of them.
    let tell: Subscriber = () => undefined;
    const lagging: Hub = {
      join(subscriber) {
        tell = subscriber;
        return { position: positionOf(cursors[0]), leave: () => undefined };
      },
      subscribers: () => 1,
      stop: async () => undefined,
    };
    const sink = { send: (text: string) => void told.push(text), drained: async () => true };
    const wish = { uploadId: undefined, cursor: cursors[1] };
    await subscribe({ db: ledger.db, hub: lagging }, wish, sink);
    for (const cursor of cursors.slice(1)) {
      tell({ uploadId: randomUUID(), position: positionOf(cursor), text: `live ${cursor}` });
    }
    assert.deepEqual(told, [
      JSON.stringify({ type: 'hello', cursor: cursors[1] }),
      `live ${cursors[2]}`,
    ]);
  });
});

describe('the stream of one upload', () => {
  test('has its events and its progress, live and resumed, and no others', async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()];
    const all = await followed(gateway());
    await write(ledger, mine, { name: 'mine 1' });
    await write(ledger, theirs, { name: 'theirs 1' });
    await all.heard(2);
    const own = await followed(gateway(), { query: { upload_id: mine } });
    const start = own.cursor();
    const tell = (upload_id: string) =>
      createWaker(ledger.db).progress(
        JSON.stringify({ type: 'page.progress', upload_id, data: { page: 1, percent: 50 } }),
      );
    for (const id of [theirs, mine]) {
      await write(ledger, id, { name: `${id === mine ? 'mine' : 'theirs'} 2` });
      tell(id);
    }
    await happened(() => all.messages.filter((one) => one.type === 'page.progress').length === 2);
    assert.deepEqual(namesOf(await own.heard(1)), ['mine 2']);
    await own.leave();
    assert.ok(own.messages.every((one) => !('upload_id' in one) || one.upload_id === mine));
    const progress = own.messages.filter((message) => message.type === 'page.progress');
    assert.deepEqual(progress, [
      { type: 'page.progress', upload_id: mine, data: { page: 1, percent: 50 } },
    ]);
    const resumed = await followed(gateway(other), { query: { upload_id: mine, cursor: start } });
    assert.deepEqual(namesOf(await resumed.heard(1)), ['mine 2']);
    await write(ledger, mine, { name: 'mine 3' });
    assert.deepEqual(namesOf(await resumed.heard(2)), ['mine 2', 'mine 3']);
    await Promise.all([all.leave(), resumed.leave()]);
  });

  test('of an upload that never was is refused', async () => {
    const { code, reason } = await follow(gateway(), { query: { upload_id: randomUUID() } }).closed;
    assert.deepEqual([code, reason], [4404, 'upload.not_found']);
  });
});

describe('progress', () => {
  test('carries no cursor: who resumes after it gets the next event', async () => {
    const id = randomUUID();
    const listener = await followed(gateway());
    await write(ledger, id, { name: 'before' });
    await listener.heard(1);
    const percent = { type: 'page.progress', upload_id: id, data: { page: 1, percent: 10 } };
    createWaker(ledger.db).progress(JSON.stringify(percent));
    await happened(() => listener.messages.at(-1)?.type === 'page.progress');
    assert.deepEqual(listener.messages.at(-1), percent);
    await listener.leave();
    await write(ledger, id, { name: 'after' });
    const resumed = await followed(gateway(), { query: { cursor: listener.cursor() } });
    assert.deepEqual(namesOf(await resumed.heard(1)), ['after']);
    await resumed.leave();
  });
});

function positionOf(cursor: string | undefined): number {
  return Number(atob(cursor ?? '').slice(1));
}
