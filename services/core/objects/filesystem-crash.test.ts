import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { AppError } from '../errors.ts';
import { openFilesystem } from './filesystem.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cricksy-objects-'));
});
afterEach(() => rm(directory, { recursive: true }));

const open = ({ inDays = 0, at = directory } = {}) =>
  openFilesystem({
    directory: at,
    newId: randomUUID,
    now: () => Date.now() + inDays * 86_400_000,
  });
const drafts = () => readdir(path.join(directory, 'incoming'));

async function killWhileWriting(key: string): Promise<void> {
  const program = path.join(import.meta.dirname, '../../testing/object-writer.ts');
  const writer = fork(program, [directory, key]);
  await once(writer, 'message');
  writer.kill('SIGKILL');
  await once(writer, 'close');
}

describe('a process killed while it writes', () => {
  test('leaves no object', async () => {
    const store = await open();
    await killWhileWriting('uploads/1/card.png');
    assert.equal((await drafts()).length, 1, 'it was in the middle');
    assert.equal(await store.head('uploads/1/card.png'), undefined);
    for await (const { key } of store.list('uploads/')) assert.fail(key);
  });

  test('leaves the object that was there', async () => {
    const store = await open();
    const bytes = Buffer.from('the bytes');
    const { etag } = await store.put('uploads/1/card.png', bytes, { contentType: 'image/png' });
    await killWhileWriting('uploads/1/card.png');
    assert.deepEqual(await store.get('uploads/1/card.png', { etag }), bytes);
  });

  test('leaves a draft that is removed when a later process opens the store, not while it may live', async () => {
    await open();
    await killWhileWriting('uploads/1/card.png');
    await open();
    assert.equal((await drafts()).length, 1);
    await open({ inDays: 2 });
    assert.deepEqual(await drafts(), []);
  });
});

describe('a folder that cannot be used', () => {
  const cause = (code: string) => (error: unknown) => {
    assert.ok(error instanceof AppError && error.code === 'objects.unavailable', String(error));
    assert.equal((error.cause as NodeJS.ErrnoException).code, code);
    return true;
  };

  test('is refused when the store is opened, with the reason', async () => {
    const file = path.join(directory, 'a-file');
    await writeFile(file, '');
    await assert.rejects(open({ at: path.join(file, 'store') }), cause('ENOTDIR'));
  });

  test('is told by ping and by every write, also when it fails later', async () => {
    const store = await open();
    const incoming = path.join(directory, 'incoming');
    await rm(incoming, { recursive: true });
    const put = () => store.put('a/1', Buffer.from('x'), { contentType: 'image/png' });
    await assert.rejects(store.ping(), cause('ENOENT'));
    await assert.rejects(put(), cause('ENOENT'));
    await mkdir(incoming);
    await store.ping();
    await put();
  });
});
