import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openFilesystem } from './filesystem.ts';
import type { ListedObject, Objects } from './objects.ts';

let directory = '';
let objects: Objects;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cricksy-list-'));
  objects = await openFilesystem({
    directory,
    signingSecret: 'a secret of tests',
    newId: randomUUID,
    now: Date.now,
  });
});
after(() => rm(directory, { recursive: true }));

const put = (key: string, size = 1) =>
  objects.put(key, new Uint8Array(size), { contentType: 'text/plain' });

async function listed(prefix: string): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  for await (const object of objects.list(prefix)) found.push(object);
  return found;
}

test('objects are listed in ascending order of keys, whatever folders they lie in', async () => {
  const keys = ['l/a-b/1', 'l/a.txt', 'l/a/2', 'l/a/b/3', 'l/a0'];
  for (const key of keys.toReversed()) await put(key);
  assert.deepEqual(
    (await listed('l/')).map((object) => object.key),
    keys,
  );
});

test('a listed object tells its size and when it was written', async () => {
  const before = Date.now();
  await put('m/1', 17);
  const [object] = await listed('m/');
  assert.equal(object?.size, 17);
  // File systems round to a few milliseconds, at most to seconds.
  assert.ok(Math.abs(object.modifiedAt.getTime() - before) < 10_000);
});

test('neighbours with the same beginning are not listed, and nothing is no error', async () => {
  await put('n/1/x');
  await put('n/10/x');
  assert.deepEqual(
    (await listed('n/1/')).map((object) => object.key),
    ['n/1/x'],
  );
  await objects.deleteAll('n/');
  assert.deepEqual(await listed('n/'), []);
});

test('a prefix without its slash is a mistake of the caller', () => {
  assert.throws(() => objects.list('uploads'), RangeError);
});
