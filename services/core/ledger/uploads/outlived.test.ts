import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  activeWorker,
  eventTypes,
  initiated,
  openTestLedger,
  pageRead,
  processing,
  uploaded,
} from '../../../testing/ledger.ts';
import { finishTask } from '../tasks/finish.ts';
import { applyUpload } from './apply.ts';
import { cancelUpload } from './cancel.ts';
import { dueDeletions } from './deletions.ts';
import { deleteOutlived } from './outlived.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());

async function cancelled(): Promise<string> {
  const { id } = await uploaded(ledger.db);
  await cancelUpload(ledger.db, id, 'requested');
  return id;
}

async function parsed(): Promise<string> {
  const worker = await activeWorker(ledger.db);
  const { upload, claim } = await processing(ledger.db, worker);
  await finishTask(ledger.db, claim, { pageCount: 1, pages: [pageRead(1)], ranges: [] });
  return upload.id;
}

const age = (ids: readonly string[], column: string, days: number) =>
  ledger.db.query(
    `update uploads set ${column} = now() - $2 * interval '1 day' where id = any($1)`,
    [ids, days],
  );
const outlived = (limit = 100) => deleteOutlived(ledger.db, { days: 30, limit, objectsDueIn: -1 });

test('only what has ended is deleted, and only after its days', async () => {
  const applied = await parsed();
  await applyUpload(ledger.db, applied, { validatedData: undefined, version: undefined });
  const [ended, touched, young] = [await cancelled(), await cancelled(), await cancelled()];
  const open = [await parsed(), (await uploaded(ledger.db)).id, (await initiated(ledger.db)).id];
  const old = [applied, ended, touched, ...open];
  await age(old, 'created_at', 31);
  await age(
    old.filter((id) => id !== touched),
    'updated_at',
    31,
  );
  assert.deepEqual(new Set(await outlived()), new Set([applied, ended]));
  const left = await ledger.db.query<{ id: string }>('select id from uploads');
  assert.deepEqual(new Set(left.map((row) => row.id)), new Set([touched, young, ...open]));
  assert.equal((await eventTypes(ledger.db, ended)).at(-1), 'upload.deleted');
  assert.ok((await dueDeletions(ledger.db, 100)).includes(ended));
});

test('replicas share the work and delete each upload once', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, cancelled));
  await age(ids, 'created_at', 31);
  await age(ids, 'updated_at', 31);
  const deleted = await Promise.all([1, 2, 3, 4].map(() => outlived(10)));
  const rest = await outlived();
  const all = [...deleted.flat(), ...rest];
  assert.equal(all.length, 30);
  assert.deepEqual(new Set(all), new Set(ids));
});
