import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openFilesystem } from '#core/objects/filesystem.ts';
import type { Store } from '#core/objects/objects.ts';
import { fetchBackup, storeBackup } from './backup.ts';

let folder: string;
let store: Store;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'backup-'));
  const directory = path.join(folder, 'objects');
  store = await openFilesystem({ directory, newId: randomUUID, now: Date.now });
});
after(() => rm(folder, { recursive: true }));

test('where no backup is, none is fetched', async () => {
  const file = path.join(folder, 'none');
  await assert.rejects(fetchBackup(store, { file }), { code: 'objects.not_found' });
});

test('of several backups the newest comes back, as it was', async () => {
  const file = path.join(folder, 'dump');
  for (const [text, time] of [
    ['second', '2026-02-01T00:00:00Z'],
    ['first', '2026-01-01T00:00:00Z'],
  ] as const) {
    await writeFile(file, text);
    await storeBackup(store, { file, now: new Date(time) });
  }
  const back = path.join(folder, 'back');
  const key = await fetchBackup(store, { file: back });
  assert.equal(await readFile(back, 'utf8'), 'second');
  assert.equal(key, 'backups/2026-02-01T00-00-00.000Z.dump');
});
