import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { recordEvent } from '#core/ledger/events/record-event.ts';
import { sequenceEvents } from '#core/ledger/events/sequence-events.ts';
import { createWaker } from '#core/ledger/wake.ts';
import { eventually } from '../../testing/client.ts';
import { openTestLedger } from '../../testing/ledger.ts';
import { silentLog } from '../../testing/log.ts';
import { startHub } from './hub.ts';

test('a flood of events is told in turns, so that requests are answered in between', async (t) => {
  const ledger = await openTestLedger();
  t.after(() => ledger.close());
  const database = { url: ledger.url, name: 'test' };
  const hub = await startHub({ db: ledger.db, database, random: Math.random, log: silentLog });
  t.after(() => hub.stop());
  const positions: (number | undefined)[] = [];
  let turns = 0;
  const count = () => {
    turns++;
    if (positions.length < 100) setImmediate(count);
  };
  hub.join(({ position }) => {
    if (positions.length === 0) setImmediate(count);
    positions.push(position);
    // As long as a thousand listeners take.
    for (const end = performance.now() + 3; performance.now() < end; );
  });
  await ledger.db.transaction(async (tx) => {
    for (let n = 0; n < 100; n++) {
      await recordEvent(tx, { uploadId: randomUUID(), type: 'page.done', data: {} });
    }
  });
  await sequenceEvents(ledger.db);
  createWaker(ledger.db).positions();
  await eventually(async () => (positions.length === 100 ? true : undefined));
  assert.deepEqual(
    positions,
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  assert.ok(turns >= 10, `${turns} turns`);
});
