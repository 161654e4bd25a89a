// A database that has forgotten an upload finds it again in the store.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { adoptAnswer, orphansAnswer } from '#core/messages.ts';
import { startCli } from '../cli.ts';
import { eventually, getJson, initiate, post, put, resultText, send, until } from '../client.ts';
import { fixture } from '../fixtures.ts';
import { createSystem, type System } from '../system.ts';

let system: System;
let api = '';
before(async () => {
  system = await createSystem();
  api = await system.open();
});
after(() => system.stop());

const orphans = () => getJson<z.infer<typeof orphansAnswer>>(`${api}/api/orphans`);
async function adopt(body: object): Promise<z.infer<typeof adoptAnswer>> {
  const response = await post(`${api}/api/orphans/adopt`, body);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as z.infer<typeof adoptAnswer>;
}

test('originals without a row are reported, adopted by one command, and read again', async () => {
  const id = await send(api, { bytes: fixture('receipt.jpg') });
  await until(api, id, 'parsed');
  const text = await resultText(api, id);
  const { upload_id: noise, presigned_url } = await initiate(api);
  await put(presigned_url, Buffer.from('this is no picture'));
  await system.db.query('delete from uploads');

  assert.equal((await post(`${api}/api/orphans/scan`)).status, 202);
  const seen = await eventually(async () => {
    const answer = await orphans();
    return answer.scan.ended_at !== null && answer.count === 2 ? answer : undefined;
  });
  assert.deepEqual(new Set(seen.orphans.map((one) => one.upload_id)), new Set([id, noise]));
  assert.equal(seen.deletion.paused_until, null);
  const metrics = await (await fetch(`${api}/metrics`)).text();
  assert.match(metrics, /^cricksy_ocr_orphaned_uploads 2$/m);
  assert.match(metrics, /^cricksy_ocr_orphaned_bytes [1-9]\d+$/m);
  assert.deepEqual((await adopt({})).matched, 2);
  const answers = await Promise.all([adopt({ dry_run: false }), adopt({ dry_run: false })]);
  assert.equal(
    answers.reduce((sum, one) => sum + one.done, 0),
    1,
  );
  assert.ok(
    answers.some((one) =>
      one.skipped.some(
        ({ upload_id, code }) => upload_id === noise && code === 'upload.unsupported_type',
      ),
    ),
  );
  const parsed = await until(api, id, 'parsed');
  assert.equal(parsed.options.priority, 'bulk');
  assert.equal(await resultText(api, id), text);
  assert.equal((await orphans()).count, 1, 'what cannot be read stays an orphan');
});

test('the command line counts them, and adopts them when a person confirms', async () => {
  const id = await send(api, { bytes: fixture('receipt.jpg') });
  await until(api, id, 'parsed');
  await system.db.query('delete from uploads');
  // As if the scan of the test before were a while ago.
  await system.db.query(
    `update store_watch set scan_started_at = scan_started_at - interval '1 minute'`,
  );
  const run = (...args: string[]) => startCli(['adopt', ...args], { CRICKSY_URL: api }).ended;

  const counted = await run();
  assert.equal(counted.code, 0, counted.stderr);
  // Also the two of before: one that was read, one that is no picture.
  assert.match(counted.stdout, /^3 originals without an upload, [1-9]\d+ bytes\n/);
  assert.ok(counted.stdout.includes(`  ${id}  `));
  assert.match(counted.stderr, /adopt --confirm/);
  const adopted = await run('--confirm', '--json');
  assert.deepEqual(JSON.parse(adopted.stdout), { done: 2, skipped: 1 });
  assert.match(adopted.stderr, /upload\.unsupported_type/);
  assert.equal(adopted.code, 1);
  await until(api, id, 'parsed');
});
