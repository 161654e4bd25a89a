import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { newUpload, openTestLedger } from '../../../testing/ledger.ts';
import { deleteUpload } from './delete.ts';
import { pruneKeys } from './idempotency.ts';
import { initiateUpload } from './initiate.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());

const keyed = (key: string, fingerprint = 'one', principal = 'token') =>
  initiateUpload(ledger.db, newUpload({ principal }), { key, fingerprint });

test('twenty requests at once with one key make one upload', async () => {
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 20 }, () => keyed(key)));
  assert.equal(new Set(answers.map((answer) => answer.upload.id)).size, 1);
  assert.equal(answers.filter((answer) => answer.changed).length, 1);
  const id = answers[0]?.upload.id;
  const events = await ledger.db.query('select from events where upload_id = $1', [id]);
  assert.equal(events.length, 1);
});

test('a key used for another request is refused, also by two at once', async () => {
  const key = randomUUID();
  const answers = await Promise.allSettled(['one', 'other'].map((body) => keyed(key, body)));
  const refused = answers.filter((answer) => answer.status === 'rejected');
  assert.deepEqual(
    refused.map((answer) => answer.reason.code),
    ['idempotency.key_reused'],
  );
});

test('the same key of another principal is another key', async () => {
  const key = randomUUID();
  const [mine, theirs] = [await keyed(key), await keyed(key, 'one', 'somebody else')];
  assert.notEqual(mine.upload.id, theirs.upload.id);
});

test('a request that failed leaves its key free', async () => {
  const key = randomUUID();
  const broken = newUpload({ principal: 'token', priority: 'never' as 'bulk' });
  await assert.rejects(initiateUpload(ledger.db, broken, { key, fingerprint: 'one' }));
  assert.equal((await keyed(key)).changed, true);
});

test('a repeated request does not bring a deleted upload back', async () => {
  const key = randomUUID();
  const { upload } = await keyed(key);
  await deleteUpload(ledger.db, upload.id, { objectsDueIn: 0 });
  await assert.rejects(keyed(key), { code: 'upload.not_found' });
});

test('keys are forgotten after their days, not before', async () => {
  const [old, fresh] = [randomUUID(), randomUUID()];
  const [first, second] = [await keyed(old), await keyed(fresh)];
  await ledger.db.query(
    `update idempotency_keys set created_at = now() - interval '8 days' where key = $1`,
    [old],
  );
  await pruneKeys(ledger.db, { days: 7 });
  assert.notEqual((await keyed(old)).upload.id, first.upload.id);
  assert.equal((await keyed(fresh)).upload.id, second.upload.id);
});
