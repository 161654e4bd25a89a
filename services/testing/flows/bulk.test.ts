// Many uploads at once, through a real gateway. No worker: what is retried waits.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import { encodePlace } from '#core/domain/cursor.ts';
import { completeUpload } from '#core/ledger/uploads/complete.ts';
import type { bulkAnswer } from '#core/messages.ts';
import { eventually, expectProblem, post, statusOf } from '../client.ts';
import { initiated, pinned, uploaded } from '../ledger.ts';
import { createSystem, type System } from '../system.ts';

type BulkAnswer = z.infer<typeof bulkAnswer>;

let system: System;
let api = '';
before(async () => {
  system = await createSystem();
  api = (await system.startGateway({ CRICKSY_ENABLE_OCR: 'off' })).url;
});
after(() => system.stop());

async function bulk(request: object): Promise<BulkAnswer> {
  const response = await post(`${api}/api/uploads/bulk`, request);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as BulkAnswer;
}

/** Follows the cursor to its end. */
async function bulkAll(request: object): Promise<BulkAnswer[]> {
  const answers: BulkAnswer[] = [];
  for (
    let cursor: string | null | undefined;
    cursor !== null;
    cursor = answers.at(-1)?.next_cursor
  ) {
    answers.push(await bulk({ ...request, dry_run: false, ...(cursor && { cursor }) }));
  }
  return answers;
}

const doneIn = (answers: readonly BulkAnswer[]) => answers.reduce((sum, one) => sum + one.done, 0);

async function someUploaded(count: number): Promise<{ gameId: string; ids: string[] }> {
  const gameId = randomUUID();
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    ids.push((await uploaded(system.db, { gameId, userId: `user-${n % 2}` })).id);
  }
  return { gameId, ids };
}

const fail = (gameId: string, code: string) =>
  system.db.query(
    `with failed as (
       update uploads set status = 'failed', error_code = $2 where game_id = $1 returning id
     )
     update tasks set status = 'failed' from failed where upload_id = failed.id`,
    [gameId, code],
  );

test('a dry run counts what is concerned and changes nothing', async () => {
  const { gameId, ids } = await someUploaded(4);
  await initiated(system.db, { gameId });
  const filter = { game_id: gameId };
  assert.equal((await bulk({ action: 'cancel', filter })).matched, 5);
  const narrow = { ...filter, user_id: 'user-1', status: 'uploaded' };
  assert.equal((await bulk({ action: 'cancel', filter: narrow })).matched, 2);
  assert.equal((await bulk({ action: 'retry', filter })).matched, 0);
  assert.equal((await bulk({ action: 'delete', filter })).matched, 5);
  for (const id of ids) assert.equal((await statusOf(api, id)).status, 'uploaded');
});

test('batches visit every upload once; run twice it finds nothing more to do', async () => {
  const { gameId, ids } = await someUploaded(7);
  const request = { action: 'cancel', filter: { game_id: gameId }, limit: 3 };
  const answers = await bulkAll(request);
  assert.deepEqual(
    answers.map((answer) => answer.done),
    [3, 3, 1],
  );
  for (const id of ids) assert.equal((await statusOf(api, id)).status, 'cancelled');
  assert.equal(doneIn(await bulkAll(request)), 0);
});

test('two at once do each upload once', async () => {
  const { gameId } = await someUploaded(20);
  await fail(gameId, 'engine.crashed');
  const request = { action: 'retry', filter: { game_id: gameId, error_code: 'engine.crashed' } };
  const answers = await Promise.all([bulkAll(request), bulkAll(request), bulkAll(request)]);
  assert.equal(doneIn(answers.flat()), 20);
  const [{ waiting } = { waiting: 0 }] = await system.db.query<{ waiting: number }>(
    `select count(*) as waiting from tasks join uploads on uploads.id = upload_id
      where game_id = $1 and tasks.status = 'waiting'`,
    [gameId],
  );
  assert.equal(waiting, 20);
});

test('only what failed with the named error is retried', async () => {
  const [crashed, damaged] = [await someUploaded(2), await someUploaded(2)];
  await fail(crashed.gameId, 'engine.time_limit');
  await fail(damaged.gameId, 'file.corrupt');
  const filter = { error_code: 'engine.time_limit' };
  assert.equal(doneIn(await bulkAll({ action: 'retry', filter })), 2);
  for (const id of damaged.ids) assert.equal((await statusOf(api, id)).status, 'failed');
});

test('deleted uploads are gone', async () => {
  const { gameId, ids } = await someUploaded(3);
  assert.equal(doneIn(await bulkAll({ action: 'delete', filter: { game_id: gameId } })), 3);
  for (const id of ids) {
    await expectProblem(fetch(`${api}/api/uploads/${id}/status`), 404, 'upload.not_found');
  }
});

test('what changed since it was picked is skipped, rather than deleted as something else', async () => {
  const gameId = randomUUID();
  const [changing, held] = [
    await initiated(system.db, { gameId }),
    await initiated(system.db, { gameId }),
  ];
  const filter = { game_id: gameId, status: 'initiated' };
  // From new to old: the batch is picked and stands at the first while the second changes.
  const answer = await system.db.transaction(async (tx) => {
    await tx.query('select from uploads where id = $1 for update', [held.id]);
    const deleting = bulk({ action: 'delete', filter, dry_run: false });
    await eventually(async () => {
      const standing = await system.db.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return standing[0];
    });
    await completeUpload(system.db, changing.id, pinned);
    return { deleting };
  });
  assert.deepEqual(await answer.deleting, {
    action: 'delete',
    dry_run: false,
    matched: null,
    done: 1,
    skipped: [{ upload_id: changing.id, code: 'upload.wrong_status' }],
    next_cursor: null,
  });
  assert.equal((await statusOf(api, changing.id)).status, 'uploaded');
});

test('a misspelt filter means nothing, rather than everything', async () => {
  const request = { action: 'delete', filter: { gameid: 'x' }, dry_run: false };
  await expectProblem(post(`${api}/api/uploads/bulk`, request), 400, 'request.invalid');
  await expectProblem(
    post(`${api}/api/uploads/bulk`, { action: 'delete' }),
    400,
    'request.invalid',
  );
  await expectProblem(fetch(`${api}/api/uploads/bulk`), 405, 'route.method_not_allowed');
});

test('a time or a place that the database does not know is refused, here and in the list', async () => {
  const never = `2026-01-01T00:00:00.${'1'.repeat(200)}Z`;
  for (const time of ['0000-01-01T00:00:00Z', never]) {
    const list = fetch(`${api}/api/uploads?created_after=${time}`);
    await expectProblem(list, 400, 'request.invalid');
    const request = { action: 'cancel', filter: { created_before: time } };
    await expectProblem(post(`${api}/api/uploads/bulk`, request), 400, 'request.invalid');
  }
  const cursor = encodePlace({ createdAt: '9999-99-99 99:99:99+99', id: randomUUID() });
  const list = fetch(`${api}/api/uploads?cursor=${cursor}`);
  await expectProblem(list, 400, 'list.cursor_invalid');
  const first = await fetch(`${api}/api/uploads?created_after=0001-01-01T00:00:00Z`);
  assert.equal(first.status, 200);
});

test('what only a retry can have is refused with another action', async () => {
  for (const action of ['cancel', 'delete']) {
    const request = { action, filter: {}, retry: { time_limit: 60 } };
    await expectProblem(post(`${api}/api/uploads/bulk`, request), 400, 'request.invalid');
  }
  assert.equal((await bulk({ action: 'retry', filter: {}, retry: {} })).dry_run, true);
});
