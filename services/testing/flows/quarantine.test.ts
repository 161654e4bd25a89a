// Work that fails again and again is set aside with its history; a worker that fails everything
// sets itself aside. The engine processes here are really killed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import type { WorkerEntry } from '#core/operation-messages.ts';
import { breakEngines } from '../break-engines.ts';
import {
  detailOf,
  eventually,
  expectProblem,
  getJson,
  post,
  send,
  statusOf,
  until,
} from '../client.ts';
import { fixture } from '../fixtures.ts';
import { createSystem, type System } from '../system.ts';

const receipt = { bytes: fixture('receipt.jpg') };
const oneSlot = { CRICKSY_WORKER_SLOTS: '1' };
const cli = path.join(import.meta.dirname, '../../cli/main.ts');

let system: System;
beforeEach(async () => {
  system = await createSystem();
});
afterEach(() => system.stop());

test('what kills its engine is set aside as poison with its history, and retried with other options', async () => {
  const { url: api } = await system.startGateway();
  const worker = await system.startWorker(oneSlot);
  const breaking = breakEngines(system, worker);
  const id = await send(api, receipt);
  const poisoned = await until(api, id, 'failed');
  await breaking.stop();
  assert.equal(poisoned.error_code, 'task.poison');
  assert.match(poisoned.error_message ?? '', /3 times, last with engine\.crashed/);
  const { attempts_log } = await detailOf(api, id);
  assert.deepEqual(
    attempts_log.map(({ outcome, error_code }) => [outcome, error_code]),
    Array(3).fill(['failed', 'engine.crashed']),
  );
  for (const attempt of attempts_log) assert.ok(attempt.worker && attempt.ended_at);

  const elsewhere = post(`${api}/api/uploads/${id}/retry`, { pool: 'nowhere' });
  await expectProblem(elsewhere, 400, 'request.invalid');
  const options = ['--layout', 'table', '--time-limit', '600'];
  await promisify(execFile)(process.execPath, [cli, 'retry', id, ...options, '--url', api]);
  const parsed = await until(api, id, 'parsed');
  assert.equal(parsed.options.layout, 'table');
  assert.equal(parsed.error_code, null);
  const [row] = await system.db.query('select time_limit_ms from uploads where id = $1', [id]);
  assert.deepEqual(row, { time_limit_ms: 600_000 });
});

test('a worker whose engine always dies drains itself and says why; others read what it leaves', async () => {
  const { url: api } = await system.startGateway();
  const broken = await system.startWorker(oneSlot);
  const breaking = breakEngines(system, broken);
  const ids = await Promise.all([1, 2, 3, 4, 5].map(() => send(api, receipt)));
  const drained = await eventually(async () => {
    const { workers } = await getJson<{ workers: WorkerEntry[] }>(`${api}/api/workers`);
    return workers.find((worker) => worker.drained);
  });
  await breaking.stop();
  assert.equal(drained.drain_owner, 'itself');
  assert.match(drained.drain_reason ?? '', /5 tasks failed.*engine\.crashed/);
  assert.match(broken.output(), /fails everything, it drains itself/);
  for (const id of ids)
    assert.equal((await statusOf(api, id)).error_code, null, 'nothing was poisoned');

  assert.equal((await post(`${api}/api/workers/${drained.worker_id}/undrain`)).status, 200);
  for (const id of ids) await until(api, id, 'parsed');
  const { workers } = await getJson<{ workers: WorkerEntry[] }>(`${api}/api/workers`);
  assert.deepEqual([workers[0]?.drain_owner, workers[0]?.drain_reason], [null, null]);
});
