import assert from 'node:assert/strict';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../testing/client.ts';
import { silentLog as log } from '../testing/log.ts';
import { createSystem } from '../testing/system.ts';
import { openScratch } from './scratch.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'cricksy-scratch-'));
});
afterEach(() => rm(root, { recursive: true }));

/** What a killed worker leaves: its files, and a lock that nobody holds. */
function leave(name: string): string {
  const folder = path.join(root, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'lock'), '');
  writeFileSync(path.join(folder, 'card.jpg'), 'bytes');
  return folder;
}

test('what dead workers have left goes at the start, and later while one runs', async () => {
  const before = leave('worker-before');
  mkdirSync(path.join(root, 'worker-without-lock'));
  mkdirSync(path.join(root, 'models'));
  const scratch = await openScratch(root, { workerId: 'one', log, everyMs: 20 });
  assert.deepEqual((await readdir(root)).sort(), ['models', 'worker-one']);
  assert.equal(existsSync(before), false);
  const later = leave('worker-later');
  await eventually(async () => !existsSync(later) || undefined);
  await scratch.remove();
  assert.deepEqual(await readdir(root), ['models']);
});

test('what a living worker has stays, however old it is', async () => {
  const first = await openScratch(root, { workerId: 'first', log, everyMs: 10 });
  utimesSync(first.folder, 0, 0);
  const others = await Promise.all(
    ['second', 'third'].map((workerId) => openScratch(root, { workerId, log, everyMs: 10 })),
  );
  // Each has swept many times when this one has gone.
  const dead = leave('worker-dead');
  await eventually(async () => !existsSync(dead) || undefined);
  for (const { folder } of [first, ...others]) assert.ok(existsSync(folder), folder);
  await Promise.all([first, ...others].map((one) => one.remove()));
  assert.deepEqual(await readdir(root), []);
});

test('a worker process keeps its folder while it lives, and loses it when it is killed', async (t) => {
  const system = await createSystem({ CRICKSY_SCRATCH_DIR: root });
  t.after(() => system.stop());
  const workerFolders = async () =>
    (await readdir(root)).filter((name) => name.startsWith('worker-') && !name.endsWith('-watch'));
  const worker = await system.startWorker();
  const watch = await openScratch(root, { workerId: 'watch', log, everyMs: 20 });
  const dead = leave('worker-dead');
  await eventually(async () => !existsSync(dead) || undefined);
  assert.equal((await workerFolders()).length, 1);
  await worker.kill('SIGKILL');
  await eventually(async () => (await workerFolders()).length === 0 || undefined);
  await watch.remove();
});
