// A worker whose commits all go through and whose answers are all lost at first.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Registry } from 'prom-client';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { dispatchTasks } from '#core/ledger/tasks/dispatch.ts';
import { completeUpload } from '#core/ledger/uploads/complete.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { openFilesystem } from '#core/objects/filesystem.ts';
import { noTracing } from '#core/tracing.ts';
import { scannedPdf } from '../testing/fixtures.ts';
import {
  activeWorker,
  eventTypes,
  initiated,
  leaseMs,
  openTestLedger,
  outcomes,
  pool,
} from '../testing/ledger.ts';
import { silentLog } from '../testing/log.ts';
import { parseExposition } from '../testing/metrics.ts';
import { workerMetrics } from './metrics.ts';
import { createRunning } from './running.ts';
import { openSlots } from './slots/fixture.ts';
import type { Slots } from './slots/slots.ts';
import { work } from './work.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
let folder: string;
let slots: Slots;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-work-'));
  ledger = await openTestLedger();
  slots = await openSlots(folder);
});
after(async () => {
  await slots.close();
  await ledger.close();
  await rm(folder, { recursive: true });
});

/** Commits every transaction and loses every other answer. */
function losingAnswers(db: Database): Database & { lost(): number } {
  let transactions = 0;
  return {
    ...db,
    async transaction(effect) {
      const result = await db.transaction(effect);
      transactions++;
      if (transactions % 2 === 1) throw new AppError('ledger.unavailable', 'the answer was lost');
      return result;
    },
    lost: () => Math.ceil(transactions / 2),
  };
}

test('an upload is read once, although the answer to every commit is lost at first', async () => {
  const objects = await openFilesystem({ directory: folder, newId: randomUUID, now: Date.now });
  const { id, object_key } = await initiated(ledger.db, { contentType: 'application/pdf' });
  const { etag, size } = await objects.put(object_key, scannedPdf(2), {
    contentType: 'application/pdf',
  });
  await completeUpload(ledger.db, id, { etag, size, sha256: undefined });
  const worker = await activeWorker(ledger.db);
  const [task] = await dispatchTasks(ledger.db, pool, { size: 'all' });
  assert.ok(task);
  const db = losingAnswers(ledger.db);
  const registry = new Registry();
  let acknowledged = 0;
  const delivery = {
    message: { task_id: task.id, dispatch: task.dispatch },
    redelivered: false,
    ack: async () => void acknowledged++,
    giveBack: () => assert.fail('it was given back'),
  };
  await work(delivery, {
    db,
    broker: { request: async () => [] },
    objects,
    slots,
    scratch: folder,
    running: createRunning(),
    self: { id: worker, name: 'test' },
    leaseMs,
    wake: { dispatch() {}, events() {} },
    progress() {},
    random: () => 0,
    metrics: workerMetrics(registry, pool),
    tracing: noTracing,
    log: silentLog,
    onRefused: () => assert.fail('it was refused'),
    selfDrain: { read() {}, failed: () => assert.fail('it failed') },
  });
  assert.ok(db.lost() >= 2, 'at least the claim and the end were repeated');
  assert.equal(acknowledged, 1);
  const upload = await getUpload(ledger.db, id);
  assert.deepEqual([upload.status, upload.pages_done, upload.attempts], ['parsed', 2, 1]);
  assert.deepEqual(await outcomes(ledger.db, id), ['done']);
  const parsed = (await eventTypes(ledger.db, id)).filter((type) => type === 'upload.parsed');
  assert.equal(parsed.length, 1);
  const counted = parseExposition(await registry.metrics());
  assert.equal(counted.value('cricksy_ocr_attempts_total', { outcome: 'done', code: '' }), 1);
  assert.equal(counted.value('cricksy_ocr_pages_total', { result: 'recognised' }), 2);
});
