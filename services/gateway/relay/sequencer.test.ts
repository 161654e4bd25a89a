// Positions have no gap and no repeat, whoever gives them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { sequenceEvents, sequencerLock } from '#core/ledger/events/sequence-events.ts';
import { happened } from '../../testing/happened.ts';
import { openTestLedger } from '../../testing/ledger.ts';
import { startSequencing, write } from '../live/fixture.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let sequencers: ReturnType<typeof startSequencing>[] = [];
beforeEach(async () => {
  ledger = await openTestLedger();
});
afterEach(async () => {
  await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
  sequencers = [];
  await ledger.close();
});

function start(name: string) {
  const sequencer = startSequencing(ledger, name);
  sequencers.push(sequencer);
  return sequencer;
}

/** Name and backend of who holds the lock. */
async function holder(): Promise<{ name: string; pid: number } | undefined> {
  const [row] = await ledger.db.query<{ name: string; pid: number }>(
    `select application_name as name, pid from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and objid = $1 and granted
        and database = (select oid from pg_database where datname = current_database())`,
    [sequencerLock],
  );
  return row;
}

async function positions(): Promise<(number | null)[]> {
  const rows = await ledger.db.query<{ position: number | null }>(
    'select position from events order by position nulls last',
  );
  return rows.map((row) => row.position);
}

/** Every event has a position, and they count up from one. */
async function assertGapFree(events: number): Promise<void> {
  await happened(async () => !(await positions()).includes(null));
  assert.deepEqual(
    await positions(),
    Array.from({ length: events }, (_, index) => index + 1),
  );
  const [log] = await ledger.db.query<{ last: number }>(
    'select last_position as last from event_log',
  );
  assert.equal(log?.last, events);
}

test('another takes over when the connection of the one that numbers is cut', async (t) => {
  for (const name of ['sequencer-a', 'sequencer-b']) start(name);
  const cuts = 6;
  let written = 0;
  const writing = new AbortController();
  t.after(() => writing.abort());
  const writers = [1, 2, 3].map(async () => {
    for (; !writing.signal.aborted; written++) await write(ledger, randomUUID());
  });
  for (let cut = 0; cut < cuts; cut++) {
    const target = written + 20;
    await happened(async () => written > target && (await holder()) !== undefined);
    const old = await holder();
    await ledger.db.query('select pg_terminate_backend($1)', [old?.pid]);
    await happened(async () => {
      const next = await holder();
      return next !== undefined && next.pid !== old?.pid;
    });
  }
  writing.abort();
  await Promise.all(writers);
  await assertGapFree(written);
});

test('one that stops for good is followed by the other', async () => {
  const first = start('sequencer-a');
  await happened(async () => (await holder())?.name === 'sequencer-a');
  start('sequencer-b');
  await write(ledger, randomUUID());
  await assertGapFree(1);
  await first.stop();
  await write(ledger, randomUUID());
  await happened(async () => (await holder())?.name === 'sequencer-b');
  await assertGapFree(2);
});

test('two that both believe to hold the lock number nothing twice', async () => {
  let placed = 0;
  for (let written = 40; written <= 400; written += 40) {
    await Promise.all(Array.from({ length: 40 }, () => write(ledger, randomUUID())));
    const batches = await Promise.all([1, 2, 3, 4].map(() => sequenceEvents(ledger.db)));
    placed += batches.reduce((sum, { length }) => sum + length, 0);
    assert.equal(placed, written);
    await assertGapFree(written);
  }
});

test('one stops also while it connects', async () => {
  // Takes the greeting, never answers it, and closes when its client does.
  const slow = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const { port } = slow.address() as AddressInfo;
  const connecting = once(slow, 'connection');
  const sequencer = startSequencing({ db: ledger.db, url: `postgresql://127.0.0.1:${port}/none` });
  await connecting;
  await sequencer.stop();
  await promisify(slow.close.bind(slow))();
});
