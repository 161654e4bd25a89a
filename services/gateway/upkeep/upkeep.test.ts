// What is tidied up, when, and what is left alone.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { encodePosition } from '#core/domain/cursor.ts';
import { AppError } from '#core/errors.ts';
import { openDatabase, type Queryable } from '#core/ledger/database.ts';
import { pruneEvents } from '#core/ledger/events/prune-events.ts';
import { readEventLog, readEvents } from '#core/ledger/events/read-events.ts';
import { sequenceEvents } from '#core/ledger/events/sequence-events.ts';
import { completeUpload } from '#core/ledger/uploads/complete.ts';
import { deleteUpload } from '#core/ledger/uploads/delete.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { heartbeat } from '#core/ledger/workers/heartbeat.ts';
import { openFilesystem } from '#core/objects/filesystem.ts';
import { happened } from '../../testing/happened.ts';
import {
  activeWorker,
  eventTypes,
  initiated,
  openTestLedger,
  outcomes,
  pinned,
  processing,
  uploaded,
} from '../../testing/ledger.ts';
import { silentLog } from '../../testing/log.ts';
import { startProxy, targetOf, through } from '../../testing/proxy.ts';
import { createHttpServer } from '../server.ts';
import { expireUploads } from './expire-uploads.ts';
import { createReaper } from './reaper.ts';
import { schedule } from './schedule.ts';
import { lastSweepIn, sweepObjects } from './sweep-objects.ts';

const root = await mkdtemp(path.join(tmpdir(), 'cricksy-upkeep-'));
const objects = await openFilesystem({ directory: root, newId: randomUUID, now: Date.now });
const wake = { dispatch() {}, events() {} };

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(async () => {
  await ledger.close();
  await rm(root, { recursive: true });
});
afterEach(() => ledger.db.query('truncate uploads, workers, deletions cascade'));

const putObject = (key: string) =>
  objects.put(key, Buffer.from('bytes'), { contentType: 'image/jpeg' });
const isThere = async (key: string) => (await objects.head(key)) !== undefined;

describe('the reaper', () => {
  // Shorter than any server of these tests has been up.
  const leaseMs = 50;
  const clock = { ms: 0 };
  let taken = 0;
  const reaperOf = (db = ledger.db) =>
    createReaper({
      db,
      leaseMs,
      wake,
      onLost: (attempts) => (taken += attempts),
      now: () => clock.ms,
      log: silentLog,
    });
  const taskOf = async (uploadId: string) => {
    const [task] = await ledger.db.query<{ status: string; losses: number }>(
      'select status, losses from tasks where upload_id = $1',
      [uploadId],
    );
    return task;
  };
  /** Held by a worker whose lease ended. */
  async function abandoned(): Promise<string> {
    const { upload } = await processing(ledger.db, await activeWorker(ledger.db));
    await ledger.db.query(`update tasks set lease_until = now() - interval '1 second'`);
    return upload.id;
  }

  test('takes back tasks whose lease ended, and leaves those whose worker lives', async () => {
    const worker = await activeWorker(ledger.db);
    const alive = await processing(ledger.db, worker);
    const lost = await abandoned();
    await heartbeat(ledger.db, { id: worker, runs: [alive.claim.taskId], leaseMs: 30_000 });
    const reap = reaperOf();
    clock.ms += leaseMs;
    await reap();
    assert.deepEqual(await taskOf(lost), { status: 'waiting', losses: 1 });
    assert.deepEqual(await outcomes(ledger.db, lost), ['lost']);
    assert.equal(taken, 1);
    assert.deepEqual(await taskOf(alive.upload.id), { status: 'running', losses: 0 });
  });

  test('waits one lease after its own start: an outage may have ended just now', async () => {
    const lost = await abandoned();
    const reap = reaperOf();
    clock.ms += leaseMs - 1;
    await reap();
    assert.equal((await taskOf(lost))?.status, 'running');
    clock.ms += 1;
    await reap();
    assert.equal((await taskOf(lost))?.status, 'waiting');
  });

  test('waits one lease after an outage of the ledger', async (t) => {
    const proxy = await startProxy(targetOf(ledger.url));
    const db = openDatabase({ url: through(proxy, ledger.url), name: 'reaper' });
    t.after(async () => {
      await db.close();
      await proxy.close();
    });
    const lost = await abandoned();
    const reap = reaperOf(db);
    clock.ms += leaseMs;
    proxy.set('refuse');
    await assert.rejects(reap(), { code: 'ledger.unavailable' });
    proxy.set('forward');
    clock.ms += leaseMs - 1;
    await happened(async () =>
      reap().then(
        () => true,
        () => false,
      ),
    );
    assert.equal((await taskOf(lost))?.status, 'running');
    clock.ms += leaseMs;
    await reap();
    assert.equal((await taskOf(lost))?.status, 'waiting');
  });

  test('waits one lease after the server of the ledger started', async () => {
    const lost = await abandoned();
    const dayMs = 86_400_000;
    const reap = createReaper({
      db: ledger.db,
      leaseMs: 365 * dayMs,
      wake,
      onLost: () => assert.fail('nothing is lost'),
      now: () => clock.ms,
      log: silentLog,
    });
    clock.ms += 366 * dayMs;
    await reap();
    assert.equal((await taskOf(lost))?.status, 'running');
  });
});

describe('expiry', () => {
  const expire = (changes: Partial<Parameters<typeof expireUploads>[0]> = {}) =>
    expireUploads({
      db: ledger.db,
      objects,
      objectsDueIn: 3_600,
      initiatedExpirySeconds: 3_600,
      graceSeconds: 86_400,
      wake,
      log: silentLog,
      ...changes,
    });
  const age = (id: string, seconds: number) =>
    ledger.db.query(
      `update uploads set created_at = now() - $2 * interval '1 second' where id = $1`,
      [id, seconds],
    );

  test('cancels what was never completed and removes its bytes, and nothing else', async () => {
    const [old, young, sent] = [
      await initiated(ledger.db),
      await initiated(ledger.db),
      await uploaded(ledger.db),
    ];
    for (const { object_key } of [old, young, sent]) await putObject(object_key);
    for (const { id } of [old, sent]) await age(id, 3_601);
    await age(young.id, 3_000);
    await expire();
    const { status, status_reason } = await getUpload(ledger.db, old.id);
    assert.deepEqual([status, status_reason], ['cancelled', 'expired']);
    assert.equal((await eventTypes(ledger.db, old.id)).at(-1), 'upload.cancelled');
    assert.equal(await isThere(old.object_key), false);
    assert.equal((await getUpload(ledger.db, young.id)).status, 'initiated');
    assert.equal((await getUpload(ledger.db, sent.id)).status, 'uploaded');
    for (const { object_key } of [young, sent]) assert.equal(await isThere(object_key), true);
  });

  test('leaves to the sweep what a store that is away keeps, and what comes late', async () => {
    const { id, object_key } = await initiated(ledger.db);
    await putObject(object_key);
    await age(id, 3_601);
    const away = {
      async deleteAll() {
        throw new AppError('objects.unavailable');
      },
    };
    await expire({ objects: { ...objects, ...away }, objectsDueIn: -1 });
    assert.equal((await getUpload(ledger.db, id)).status, 'cancelled');
    assert.equal(await isThere(object_key), true);
    await sweepObjects({ db: ledger.db, objects, log: silentLog });
    assert.equal(await isThere(object_key), false);
    assert.deepEqual(await ledger.db.query('select upload_id from deletions'), []);
  });

  test('and a delete after it leave one note between them', async () => {
    const { id } = await initiated(ledger.db);
    await age(id, 3_601);
    await expire();
    await deleteUpload(ledger.db, id, { objectsDueIn: 60 });
    const notes = await ledger.db.query('select upload_id from deletions');
    assert.deepEqual(notes, [{ upload_id: id }]);
  });

  test('and a complete at the same moment: one of them wins, with its bytes', async () => {
    const racing = await Promise.all(Array.from({ length: 10 }, () => initiated(ledger.db)));
    for (const { id, object_key } of racing) {
      await putObject(object_key);
      await age(id, 3_601);
    }
    const completing = racing.map(({ id }) => completeUpload(ledger.db, id, pinned));
    const [completed] = await Promise.all([Promise.allSettled(completing), expire(), expire()]);
    for (const [index, { id, object_key }] of racing.entries()) {
      const won = completed[index]?.status === 'fulfilled';
      const { status } = await getUpload(ledger.db, id);
      assert.deepEqual(
        [status, await isThere(object_key)],
        won ? ['uploaded', true] : ['cancelled', false],
      );
    }
  });
});

describe('the sweep after a delete', () => {
  test('removes what came back, when it is due, and forgets about it', async () => {
    const [due, later] = [await uploaded(ledger.db), await uploaded(ledger.db)];
    await deleteUpload(ledger.db, due.id, { objectsDueIn: -1 });
    await deleteUpload(ledger.db, later.id, { objectsDueIn: 3_600 });
    const keys = [due.object_key, `results/${due.id}/1/1/1.json`, later.object_key];
    for (const key of keys) await putObject(key);
    await sweepObjects({ db: ledger.db, objects, log: silentLog });
    assert.deepEqual(await Promise.all(keys.map(isThere)), [false, false, true]);
    const left = await ledger.db.query('select upload_id from deletions');
    assert.deepEqual(left, [{ upload_id: later.id }]);
  });

  test('comes a last time when a PUT that began with the last URL has ended', () => {
    const { requestTimeout } = createHttpServer(() => undefined);
    assert.ok(requestTimeout > 0);
    assert.ok(lastSweepIn({ presignedExpiry: 3_600 }) > 3_600 + requestTimeout / 1_000);
  });

  test('tries again later what cannot be removed, and is not held up by it', async () => {
    const uploads = await Promise.all(Array.from({ length: 20 }, () => uploaded(ledger.db)));
    for (const [index, { id }] of uploads.entries()) {
      await deleteUpload(ledger.db, id, { objectsDueIn: index - 100 });
    }
    const stuck = uploads[0]?.id ?? '';
    const refusing = {
      async deleteAll(prefix: string) {
        if (prefix.includes(stuck)) throw new AppError('objects.unavailable');
      },
    };
    await sweepObjects({ db: ledger.db, objects: refusing, log: silentLog });
    const left = await ledger.db.query<{ upload_id: string; due: boolean }>(
      'select upload_id, due_at <= now() as due from deletions',
    );
    assert.deepEqual(left, [{ upload_id: stuck, due: false }]);
  });
});

describe('retention of events', () => {
  test('deletes what is older than its days, and tells a cursor from before so', async () => {
    const { db } = ledger;
    await db.query('truncate events');
    await db.query('update event_log set first_position = 1, last_position = 0');
    const { id } = await uploaded(db);
    await sequenceEvents(db);
    const { cursor } = await readEvents(db, { limit: 1 });
    await db.query(`update events set created_at = now() - interval '31 days'`);
    await initiated(db);
    await sequenceEvents(db);
    const { cursor: last } = await readEvents(db, { limit: 2 });
    await pruneEvents(db, { days: 30 });
    assert.deepEqual(await readEventLog(db), { first: 3, last: 3 });
    assert.deepEqual(await eventTypes(db, id), []);
    await assert.rejects(readEvents(db, { cursor, limit: 9 }), { code: 'events.cursor_expired' });
    assert.equal((await readEvents(db, { cursor: last, limit: 9 })).events.length, 1);
  });

  test('a reader is given all that its cursor is owed or told that it is gone, whenever it is deleted', async () => {
    const { db } = ledger;
    await db.query('truncate events');
    await db.query('update event_log set first_position = 1, last_position = 0');
    const { id } = await uploaded(db);
    await sequenceEvents(db);
    await db.query(`update events set created_at = now() - interval '31 days'`);
    const pruning: Queryable = {
      async query<T>(sql: string, values: readonly unknown[]) {
        const rows = await db.query<T>(sql, values);
        await pruneEvents(db, { days: 30 });
        return rows;
      },
    };
    const cursor = encodePosition(0);
    const { events } = await readEvents(pruning, { cursor, limit: 9 });
    assert.deepEqual(
      events.map((event) => event.upload_id),
      [id, id],
    );
    await assert.rejects(readEvents(db, { cursor, limit: 9 }), { code: 'events.cursor_expired' });
  });

  test('keeps events that have no position yet, however old', async () => {
    const { id } = await initiated(ledger.db);
    await ledger.db.query(`update events set created_at = now() - interval '31 days'`);
    await pruneEvents(ledger.db, { days: 30 });
    assert.deepEqual(await eventTypes(ledger.db, id), ['upload.initiated']);
  });
});

describe('the schedule', () => {
  test('runs a chore again after it failed, never twice at once, and ends with it', async () => {
    let [runs, atOnce, most] = [0, 0, 0];
    const run = async () => {
      most = Math.max(most, ++atOnce);
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      atOnce -= 1;
      if (runs % 2) throw new AppError('ledger.unavailable');
    };
    const results = { done: 0, failed: 0 };
    const stop = schedule([{ name: 'test', everyMs: 1, run }], {
      random: Math.random,
      onRun: (_chore, result) => void results[result]++,
      log: silentLog,
    });
    await happened(() => runs >= 5);
    await stop();
    const ended = runs;
    assert.deepEqual([most, atOnce], [1, 0]);
    assert.deepEqual(results, { done: Math.floor(ended / 2), failed: Math.ceil(ended / 2) });
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(runs, ended);
  });
});
