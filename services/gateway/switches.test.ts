import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { changeSwitch } from '#core/ledger/switches/switches.ts';
import { happened } from '../testing/happened.ts';
import { openTestLedger, pool } from '../testing/ledger.ts';
import { silentLog } from '../testing/log.ts';
import { refuseWhileOff, type Switches, startSwitches } from './switches.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
const started: Switches[] = [];
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
  await ledger.db.query('truncate switches');
});

async function start(allowed = { uploads: true, ocr: true }): Promise<Switches> {
  const { db, url } = ledger;
  const database = { url, name: 'switches' };
  const one = await startSwitches({ db, database, allowed, random: Math.random, log: silentLog });
  started.push(one);
  return one;
}

const off = { feature: 'uploads', on: false, by: 'ada', reason: 'full' } as const;

test('every gateway hears of a change, and one that starts later knows it', async () => {
  const gateways = [await start(), await start()];
  await changeSwitch(ledger.db, off);
  gateways.push(await start());
  for (const one of gateways) {
    await happened(() => one.whyOff('uploads') !== undefined);
    assert.match(one.whyOff('uploads') ?? '', /^uploads switched off since .*Z: full$/);
    assert.throws(() => refuseWhileOff(one), { code: 'uploads.disabled', message: /: full$/ });
    assert.equal(one.whyOff('ocr'), undefined);
  }
});

test('what was switched while nobody could be told is known when the connection is back', async () => {
  const gateway = await start();
  await ledger.db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'switches' and datname = current_database()`,
  );
  await changeSwitch(ledger.db, off);
  await happened(() => gateway.whyOff('uploads') !== undefined);
});

test('a paused pool is off, others are not, and all are while OCR is', async () => {
  const gateway = await start();
  await changeSwitch(ledger.db, { ...off, feature: 'ocr', pool: 'big' });
  await gateway.refresh();
  assert.match(gateway.whyOff('ocr', 'big') ?? '', /^the pool big is paused since/);
  assert.deepEqual([gateway.whyOff('ocr', pool), gateway.whyOff('ocr')], [undefined, undefined]);
  await changeSwitch(ledger.db, { ...off, feature: 'ocr' });
  await gateway.refresh();
  assert.match(gateway.whyOff('ocr', pool) ?? '', /^ocr switched off since/);
  assert.deepEqual(
    gateway.list().map(({ feature, pool: of, on }) => [feature, of, on]),
    [
      ['uploads', null, true],
      ['ocr', null, false],
      ['ocr', 'big', false],
    ],
  );
});

test('what the settings forbid is off whatever is switched', async () => {
  const gateway = await start({ uploads: false, ocr: true });
  assert.equal(gateway.whyOff('uploads'), 'CRICKSY_ENABLE_UPLOADS is off');
  const { allowed, on, changed_by } = gateway.entry('uploads');
  assert.deepEqual([allowed, on, changed_by], [false, true, null]);
});
