// What callers feel when the database is slow to come, does not answer, or is gone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { startProxy, type TcpProxy, targetOf, through } from '../../testing/proxy.ts';
import { AppError } from '../errors.ts';
import { type Database, openDatabase } from './database.ts';
import { createSilence } from './silence.ts';

const inVain = () =>
  Promise.reject(
    new AppError('ledger.unavailable', '', { cause: new Error('Query read timeout') }),
  );

describe('after a question in vain', () => {
  test('everybody is refused at once, and one asks again each second', async () => {
    let now = 0;
    const silence = createSilence(() => now);
    let asked = 0;
    const ask = () => silence.guard(async () => void asked++);
    await ask();
    await assert.rejects(silence.guard(inVain));
    await assert.rejects(ask(), { code: 'ledger.unavailable' });
    assert.equal(asked, 1);
    now = 1_000;
    const { promise, resolve } = Promise.withResolvers<void>();
    const probe = silence.guard(() => promise);
    await assert.rejects(ask(), { code: 'ledger.unavailable' });
    resolve();
    await probe;
    await ask();
    assert.equal(asked, 2);
  });

  test('an error of SQL is an answer, a broken connection proves nothing', async () => {
    let now = 0;
    const silence = createSilence(() => now);
    await assert.rejects(silence.guard(inVain));
    now = 1_000;
    await assert.rejects(silence.guard(() => Promise.reject(new AppError('ledger.unavailable'))));
    await assert.rejects(
      silence.guard(async () => 'asked'),
      { code: 'ledger.unavailable' },
    );
    now = 2_000;
    await assert.rejects(silence.guard(() => Promise.reject(new Error('syntax error'))));
    assert.equal(await silence.guard(async () => 'asked'), 'asked');
  });
});

describe('a database', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let db: Database;
  before(async () => {
    database = await createTestDatabase();
    proxy = await startProxy(targetOf(database.url));
    db = openDatabase({ url: through(proxy, database.url), name: 'test', connections: 2 });
  });
  after(async () => {
    await db.close();
    await proxy.close();
    await database.drop();
  });

  test('that takes connections and never answers is told after seconds, then at once', async () => {
    proxy.set('refuse');
    await assert.rejects(db.query('select 1'), { code: 'ledger.unavailable' });
    proxy.set('silent');
    await assert.rejects(db.query('select 1'), { code: 'ledger.unavailable' });
    const started = performance.now();
    const many = await Promise.allSettled(
      Array.from({ length: 500 }, (_, n) =>
        n % 2 === 0 ? db.query('select 1') : db.transaction((tx) => tx.query('select 1')),
      ),
    );
    assert.ok(many.every((one) => one.status === 'rejected'));
    assert.ok(performance.now() - started < 900, 'nobody waited');
    proxy.set('forward');
    await eventuallyWorks(db);
  });

  test('that falls silent in the middle of a transaction holds nobody for ever', async () => {
    await eventuallyWorks(db);
    const started = performance.now();
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.query('select 1');
        proxy.set('silent');
        await tx.query('select 2');
      }),
      { code: 'ledger.unavailable' },
    );
    assert.ok(performance.now() - started < 30_000);
    proxy.set('forward');
    await eventuallyWorks(db);
  });

  test('that goes away between two statements of a transaction fails it, and nothing else', async () => {
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.query('select 1');
        proxy.set('refuse');
        await sleep(100);
        await tx.query('select 2');
      }),
      { code: 'ledger.unavailable' },
    );
    proxy.set('forward');
    await eventuallyWorks(db);
  });

  test('whose connections are all busy lets callers wait for seconds only', async () => {
    await eventuallyWorks(db);
    const busy = Promise.withResolvers<void>();
    const holders = [1, 2].map(() => db.transaction(() => busy.promise));
    await assert.rejects(db.query('select 1'), { code: 'ledger.unavailable' });
    busy.resolve();
    await Promise.all(holders);
    assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }], 'and is not called silent');
  });

  test('that a crowd waits for refuses those who would only wait to be refused', async () => {
    const busy = Promise.withResolvers<void>();
    const taken = [1, 2].map(() => Promise.withResolvers<void>());
    const holders = taken.map((one) =>
      db.transaction(() => {
        one.resolve();
        return busy.promise;
      }),
    );
    await Promise.all(taken.map((one) => one.promise));
    const crowd = Array.from({ length: 1_200 }, () => db.query('select 1'));
    const refused = Promise.allSettled(crowd.slice(1_000));
    const first = await Promise.race([refused, sleep(2_000)]);
    assert.ok(first?.every((one) => one.status === 'rejected'));
    busy.resolve();
    await Promise.all([...holders, ...crowd.slice(0, 1_000)]);
  });
});

async function eventuallyWorks(db: Database): Promise<void> {
  for (const end = performance.now() + 20_000; ; await sleep(100)) {
    try {
      await db.query('select 1');
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}
