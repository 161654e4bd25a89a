// Originals that no row knows, in a real store and a real ledger.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { AppError } from '#core/errors.ts';
import { adoptUpload } from '#core/ledger/orphans/adopt.ts';
import { listOrphans } from '#core/ledger/orphans/orphans.ts';
import { readWatch } from '#core/ledger/orphans/watch.ts';
import { deleteUpload } from '#core/ledger/uploads/delete.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { openFilesystem } from '#core/objects/filesystem.ts';
import { initiated, newUpload, openTestLedger, pinned } from '../../testing/ledger.ts';
import { silentLog } from '../../testing/log.ts';
import { expireUploads } from './expire-uploads.ts';
import { mayDelete } from './mark-store.ts';
import { scanObjects } from './scan-objects.ts';
import { sweepObjects } from './sweep-objects.ts';

const root = await mkdtemp(path.join(tmpdir(), 'cricksy-orphans-'));
const objects = await openFilesystem({ directory: root, newId: randomUUID, now: Date.now });
const graceSeconds = 8 * 86_400;

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(async () => {
  await ledger.close();
  await rm(root, { recursive: true });
});
afterEach(async () => {
  for (const prefix of ['uploads/', 'results/', 'ledger/']) await objects.deleteAll(prefix);
  await ledger.db.query('truncate uploads, orphans, deletions cascade');
  await ledger.db.query(
    'update store_watch set number = 0, left_number = 0, marked_at = null, paused_until = null',
  );
});

const deps = () => ({ db: ledger.db, objects, graceSeconds, log: silentLog });
const scan = () => scanObjects(deps(), { everySeconds: 0 });
const orphans = async () =>
  (await listOrphans(ledger.db, { after: undefined, limit: 100 })).map((one) => one.upload_id);

async function putOriginal(id: string): Promise<string> {
  await objects.put(`uploads/${id}/card.jpg`, Buffer.from('bytes'), { contentType: 'image/jpeg' });
  return id;
}
const isThere = async (id: string) => (await objects.head(`uploads/${id}/card.jpg`)) !== undefined;

/** An original without a row that was written and first seen nine days ago, or only one of these. */
async function orphan({ written = 9, seen = 9 } = {}): Promise<string> {
  const id = await putOriginal(randomUUID());
  const when = Date.now() / 1000 - written * 86_400;
  await utimes(path.join(root, 'objects/uploads', id, 'card.jpg'), when, when);
  await scan();
  await ledger.db.query(
    `update orphans set first_seen_at = now() - $2 * interval '1 day' where upload_id = $1`,
    [id, seen],
  );
  return id;
}

/** As if the ledger had been set back to what it was `marks` ago. */
const restore = (marks: number) =>
  ledger.db.query(
    'update store_watch set number = number - $1, left_number = left_number - $1, marked_at = null',
    [marks],
  );
const aMark = async () => {
  await ledger.db.query('update store_watch set marked_at = null');
  return mayDelete(deps());
};

describe('an orphan', () => {
  test('is what neither an upload nor a pending deletion knows', async () => {
    const [known, deleted] = [await initiated(ledger.db), await initiated(ledger.db)];
    for (const { id } of [known, deleted]) await putOriginal(id);
    await deleteUpload(ledger.db, deleted.id, { objectsDueIn: 60 });
    const unknown = await putOriginal(randomUUID());
    await objects.put('uploads/readme/x', Buffer.from('x'), { contentType: 'text/plain' });
    assert.equal(await scan(), true);
    assert.deepEqual(await orphans(), [unknown]);
  });

  test('is none any more when its bytes are gone', async () => {
    const id = await putOriginal(randomUUID());
    await scan();
    await objects.deleteAll(`uploads/${id}/`);
    await scan();
    assert.deepEqual(await orphans(), []);
  });

  test('is kept until it is old and was long known as one, then it goes with its results', async () => {
    const [old, young, fresh] = [
      await orphan(),
      await orphan({ written: 1 }),
      await orphan({ seen: 1 }),
    ];
    await objects.put(`results/${old}/t/1/1.json`, Buffer.from('{}'), { contentType: 'x/y' });
    await scan();
    await sweepObjects(deps());
    assert.deepEqual(
      [await isThere(old), await isThere(young), await isThere(fresh)],
      [false, true, true],
    );
    assert.equal(await objects.head(`results/${old}/t/1/1.json`), undefined);
    assert.deepEqual(new Set(await orphans()), new Set([young, fresh]));
  });

  test('is looked for by one of all replicas', async () => {
    await ledger.db.query('update store_watch set scan_started_at = null');
    const scans = await Promise.all([1, 2, 3, 4].map(() => scanObjects(deps())));
    assert.deepEqual(scans.sort(), [false, false, false, true]);
  });
});

describe('after a restore', () => {
  test('nothing is deleted that the ledger may have forgotten', async () => {
    for (let n = 0; n < 3; n++) assert.equal(await aMark(), true);
    const old = await orphan();
    const { id } = await initiated(ledger.db);
    await putOriginal(id);
    await ledger.db.query(`update uploads set created_at = now() - interval '3 days'`);
    await restore(2);
    await scan();
    await sweepObjects(deps());
    await expireUploads({
      ...deps(),
      initiatedExpirySeconds: 86_400,
      objectsDueIn: 60,
      wake: { events() {} },
    });
    assert.equal(await isThere(old), true);
    assert.equal(await isThere(id), true);
    assert.equal((await getUpload(ledger.db, id)).status, 'initiated');
    const { paused, pause_reason } = await readWatch(ledger.db);
    assert.equal(paused, true);
    assert.match(pause_reason ?? '', /restored from a backup/);
  });

  test('deletion goes on when the grace is over, and marks count on above the old ones', async () => {
    for (let n = 0; n < 5; n++) await aMark();
    const { number } = await readWatch(ledger.db);
    await restore(4);
    assert.equal(await aMark(), false);
    assert.ok((await readWatch(ledger.db)).number > number);
    await ledger.db.query('update store_watch set paused_until = now()');
    assert.equal(await aMark(), true);
  });

  test('a new ledger on an old store deletes nothing either', async () => {
    await aMark();
    await ledger.db.query(
      'update store_watch set ledger_id = gen_random_uuid(), number = 0, left_number = 0',
    );
    assert.equal(await aMark(), false);
  });

  test('a store that could not be asked is no proof that nothing was restored', async () => {
    assert.equal(await aMark(), true);
    await restore(1);
    const away = { ...objects, get: () => Promise.reject(new AppError('objects.unavailable')) };
    await assert.rejects(mayDelete({ ...deps(), objects: away }), { code: 'objects.unavailable' });
    assert.equal(await mayDelete(deps()), false, 'until the next mark');
    await aMark();
    assert.equal((await readWatch(ledger.db)).paused, false);
  });

  test('an original is adopted once, by whoever comes first, and then is nobody’s orphan', async () => {
    const id = await putOriginal(randomUUID());
    await scan();
    const adopted = await Promise.all(
      [1, 2, 3].map(() => adoptUpload(ledger.db, newUpload({ id }), pinned)),
    );
    assert.equal(adopted.filter((upload) => upload !== undefined).length, 1);
    const upload = await getUpload(ledger.db, id);
    assert.deepEqual([upload.status, upload.status_reason], ['uploaded', 'adopted']);
    await scan();
    assert.deepEqual(await orphans(), []);
    const [task] = await ledger.db.query('select kind from tasks where upload_id = $1', [id]);
    assert.deepEqual(task, { kind: 'open' });
  });

  test('what is adopted is not swept, and what is swept is not adopted', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await orphan();
      const [adopted] = await Promise.all([
        adoptUpload(ledger.db, newUpload({ id }), pinned),
        scan(),
      ]);
      await sweepObjects(deps());
      assert.equal(await isThere(id), adopted !== undefined);
    }
  });
});
