// What every object store promises, as tests that each implementation runs.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import type { ListedObject, Objects, SignedPut } from './objects.ts';

export interface ObjectsUnderTest {
  /** Another client of the same store. */
  open(): Promise<Objects>;
  /** One whose store cannot be reached. */
  openUnreachable(): Promise<Objects>;
  /** Where a store that we serve ourselves is served; others need none. */
  readonly origin: string;
}

export function objectsContract(name: string, under: ObjectsUnderTest): void {
  suite(name, () => {
    let objects: Objects;
    let scratch = '';
    before(async () => {
      objects = await under.open();
      scratch = await mkdtemp(path.join(tmpdir(), 'cricksy-scratch-'));
    });
    after(() => rm(scratch, { recursive: true, force: true }));

    const put = (key: string, content = 'the bytes') =>
      objects.put(key, Buffer.from(content), { contentType: 'text/plain' });
    const headOf = async (key: string) =>
      (await objects.head(key)) ?? assert.fail('it is not there');
    const textOf = async (key: string) => String(await objects.get(key));
    const listed = async (prefix: string) => {
      const found: ListedObject[] = [];
      for await (const object of objects.list(prefix)) found.push(object);
      return found;
    };
    const keysOf = async (prefix: string) => (await listed(prefix)).map(({ key }) => key);

    describe('an object', () => {
      test('is read as it was written, by every client of the store', async () => {
        const [key, bytes] = [newKey(), Buffer.from(Array.from({ length: 70_000 }, (_, i) => i))];
        const written = await objects.put(key, bytes, { contentType: 'image/png' });
        const other = await under.open();
        assert.deepEqual(await other.get(key), bytes);
        assert.deepEqual(await other.head(key), await objects.head(key));
        assert.equal(written.size, bytes.length);
      });

      test('has a head with its size, its ETag and, where known, its checksum', async () => {
        const key = newKey();
        const written = await put(key);
        const head = await objects.head(key);
        assert.equal(head?.size, 9);
        assert.equal(head.etag, written.etag);
        assert.doesNotMatch(head.etag, /"/);
        for (const { sha256 } of [written, head]) {
          assert.ok(sha256 === undefined || sha256 === sha256Of('the bytes'), sha256);
        }
      });

      test('put first by several at once is one of them, for good', async () => {
        const [key, options] = [newKey(), { contentType: 'text/plain' }];
        const putFirst = (content: string) => objects.putFirst(key, Buffer.from(content), options);
        const { etag } = await Promise.all(['one', 'two'].map(putFirst)).then(() => headOf(key));
        await putFirst('late');
        assert.match(String(await objects.get(key, { etag })), /^(one|two)$/);
      });

      test('is read from its start as far as wanted, and no further than it goes', async () => {
        const key = newKey();
        const { etag } = await put(key);
        assert.equal(String(await objects.get(key, { length: 3 })), 'the');
        assert.equal(String(await objects.get(key, { length: 3, etag })), 'the');
        assert.equal(String(await objects.get(key, { length: 500 })), 'the bytes');
      });

      test('may be empty', async () => {
        const key = newKey();
        assert.equal((await put(key, '')).size, 0);
        assert.equal((await objects.head(key))?.size, 0);
        assert.equal((await objects.get(key, { length: 16 })).length, 0);
        const file = await objects.checkout(key, { scratch });
        assert.equal((await readFile(file.path)).length, 0);
        await file.release();
      });

      test('that nobody wrote has no head and cannot be read', async () => {
        const [key, missing] = [newKey(), { code: 'objects.not_found' }];
        assert.equal(await objects.head(key), undefined);
        await assert.rejects(objects.get(key), missing);
        await assert.rejects(objects.get(key, { etag: 'any', length: 5 }), missing);
        await assert.rejects(objects.checkout(key, { scratch }), missing);
        await assert.rejects(objects.checkout(key, { scratch, etag: 'any' }), missing);
      });

      test('that was replaced is not read under its old ETag', async () => {
        const [key, changed] = [newKey(), { code: 'upload.changed' }];
        const old = await put(key);
        const { etag } = await put(key, 'other one');
        assert.notEqual(etag, old.etag);
        await assert.rejects(objects.get(key, { etag: old.etag }), changed);
        await assert.rejects(objects.get(key, { etag: old.etag, length: 4 }), changed);
        await assert.rejects(objects.checkout(key, { etag: old.etag, scratch }), changed);
        assert.equal(String(await objects.get(key, { etag })), 'other one');
      });

      test('written by many at once is whole, by one of them', async () => {
        const [key, long] = [newKey(), 200_000];
        const letters = ['a', 'b', 'c', 'd', 'e', 'f'];
        await Promise.all(letters.map((letter) => put(key, letter.repeat(long))));
        const [content, head] = [await textOf(key), await objects.head(key)];
        assert.ok(letters.includes(content[0] ?? ''));
        assert.equal(content, content[0]?.repeat(long));
        assert.equal(String(await objects.get(key, { etag: head?.etag ?? '' })), content);
      });
    });

    describe('a stream', () => {
      const expected = (content: string) => ({
        size: content.length,
        contentType: 'text/plain',
        sha256: sha256Of(content),
      });
      const receive = (key: string, chunks: string[], content = 'the bytes') =>
        objects.receive(key, streamOf(chunks), expected(content));

      test('is stored as it came', async () => {
        const key = newKey();
        const { etag, size } = await receive(key, ['the', ' by', 'tes']);
        assert.equal(size, 9);
        assert.equal((await objects.head(key))?.etag, etag);
        assert.equal(String(await objects.get(key, { etag })), 'the bytes');
        const long = 'long '.repeat(400_000);
        await objects.receive(key, streamOf([long]), {
          size: long.length,
          contentType: 'text/plain',
        });
        assert.equal(await objects.digest(key, await headOf(key)), sha256Of(long));
      });

      test('that is shorter, longer, cut off or of other bytes leaves nothing', async () => {
        const key = newKey();
        const size = { code: 'upload.size_mismatch' };
        await assert.rejects(receive(key, ['the ', 'byte']), size);
        await assert.rejects(receive(key, []), size);
        await assert.rejects(receive(key, ['the bytes', ' and more']), size);
        await assert.rejects(receive(key, ['the by', 'teS']), { code: 'upload.checksum_mismatch' });
        const broken = Object.assign(new Error('gone'), { code: 'ECONNRESET' });
        const cut = streamOf(['the', ' by'], broken);
        await assert.rejects(objects.receive(key, cut, expected('the bytes')), size);
        assert.equal(await objects.head(key), undefined);
      });

      test('is read with the head of what it reads, under its ETag or not at all', async () => {
        const key = newKey();
        const { etag } = await put(key);
        const { head, stream } = await objects.openRead(key, { etag });
        assert.deepEqual([head.size, head.etag], [9, etag]);
        assert.equal(String(Buffer.concat(await stream.toArray())), 'the bytes');
        await put(key, 'other one');
        await assert.rejects(objects.openRead(key, { etag }), { code: 'upload.changed' });
        await assert.rejects(objects.openRead(newKey(), {}), { code: 'objects.not_found' });
      });

      test('has a digest, under its ETag or not at all', async () => {
        const key = newKey();
        const { etag } = await put(key);
        assert.equal(await objects.digest(key, { etag }), sha256Of('the bytes'));
        await put(key, 'other one');
        await assert.rejects(objects.digest(key, { etag }), { code: 'upload.changed' });
        await assert.rejects(objects.digest(newKey(), { etag }), { code: 'objects.not_found' });
      });
    });

    describe('a checked out file', () => {
      test('keeps its bytes and its extension until it is released, and leaves nothing', async () => {
        const [key, own] = [newKey('card.png'), path.join(scratch, randomUUID())];
        const { etag } = await put(key);
        const file = await objects.checkout(key, { etag, scratch: own });
        await put(key, 'other one');
        await objects.deleteAll(folderOf(key));
        assert.equal(await readFile(file.path, 'utf8'), 'the bytes');
        assert.equal(path.extname(file.path), '.png');
        await file.release();
        assert.deepEqual(await readdir(own), []);
      });

      test('is one of its own for each that asks', async () => {
        const key = newKey();
        await put(key);
        const [one, other] = await Promise.all([
          objects.checkout(key, { scratch }),
          objects.checkout(key, { scratch }),
        ]);
        await one.release();
        assert.equal(await readFile(other.path, 'utf8'), 'the bytes');
        await other.release();
      });

      test('that was refused leaves nothing', async () => {
        const [key, own] = [newKey(), path.join(scratch, randomUUID())];
        const { etag } = await put(key);
        await put(key, 'other one');
        await assert.rejects(objects.checkout(key, { etag, scratch: own }));
        await assert.rejects(objects.checkout(newKey(), { scratch: own }));
        assert.deepEqual(await readdir(own), []);
      });
    });

    describe('a prefix', () => {
      test('lists what lies below it, in ascending order of keys', async () => {
        const root = randomUUID();
        const keys = ['a-b/1', 'a.txt', 'a/2', 'a/b/3', 'a0'].map((key) => `${root}/${key}`);
        for (const key of keys.toReversed()) await put(key);
        assert.deepEqual(await keysOf(`${root}/`), keys);
        assert.deepEqual(await keysOf(`${root}/a/`), keys.slice(2, 4));
        assert.deepEqual(await keysOf(`${root}/none/`), []);
      });

      test('lists each object with its size and when it was written', async () => {
        const [key, start] = [newKey(), Date.now()];
        await put(key);
        const [object] = await listed(folderOf(key));
        assert.deepEqual([object?.key, object?.size], [key, 9]);
        // Stores have clocks of their own and round to seconds.
        assert.ok(Math.abs((object?.modifiedAt.getTime() ?? 0) - start) < 60_000);
      });

      test('is deleted with all below it and nothing beside it', async () => {
        const root = randomUUID();
        const beside = [`${root}/1`, `${root}/10/x`, `${root}/11`, `${root}/2/1/x`];
        const below = [`${root}/3/x`, `${root}/3/deep/er/y`];
        for (const key of [...beside, ...below]) await put(key);
        await objects.deleteAll(`${root}/3/`);
        await objects.deleteAll(`${root}/1/`);
        assert.deepEqual(await keysOf(`${root}/`), beside);
        assert.equal(await objects.head(below[0] ?? ''), undefined);
        await objects.deleteAll(`${root}/3/`);
        await put(below[0] ?? '');
        assert.equal(await textOf(below[0] ?? ''), 'the bytes');
      });

      test('reaches beyond a thousand objects', async () => {
        const root = randomUUID();
        const keys = Array.from(
          { length: 1_005 },
          (_, i) => `${root}/${String(i).padStart(4, '0')}`,
        );
        while (keys.length > 0) await Promise.all(keys.splice(0, 15).map((key) => put(key)));
        assert.equal((await keysOf(`${root}/`)).length, 1_005);
        await objects.deleteAll(`${root}/`);
        assert.deepEqual(await keysOf(`${root}/`), []);
      });
    });

    describe('a key', () => {
      const bad = [
        '../up',
        'a/../b',
        '/root',
        'a//b',
        'a/',
        '',
        '.',
        'a/.hidden',
        'a\\b',
        'a\0b',
      ].concat(['a b', 'ä', 'a?b', 'a%2e', 'a\n', `${'x'.repeat(300)}`, 'y/'.repeat(300)]);
      for (const key of bad) {
        test(`is refused as ${JSON.stringify(key.slice(0, 20))}`, async () => {
          const none = { code: 'objects.not_found' };
          await assert.rejects(async () => objects.head(key), none);
          await assert.rejects(async () => objects.get(key), none);
          await assert.rejects(async () => put(key), none);
          await assert.rejects(async () => objects.checkout(key, { scratch }), none);
          await assert.rejects(async () => objects.presignPut(signedPut({ key })), none);
          await assert.rejects(async () => presignGet(key), none);
        });
      }

      test('is no prefix: without its slash, or beside a root, it is the caller’s mistake', async () => {
        await put('safe/1');
        for (const prefix of ['', '/', 'safe', '../', 'safe/../', './']) {
          const mistake = (error: unknown) =>
            error instanceof RangeError || hasCode(error, 'objects.not_found');
          await assert.rejects(async () => objects.deleteAll(prefix), mistake);
          await assert.rejects(async () => listed(prefix), mistake);
        }
        assert.equal(await textOf('safe/1'), 'the bytes');
      });
    });

    const signedPut = (changes: Partial<SignedPut> = {}): SignedPut => ({
      key: newKey(),
      contentType: 'image/png',
      expiresIn: 60,
      origin: under.origin,
      ...changes,
    });
    const presignGet = (key: string, changes: { etag?: string; expiresIn?: number } = {}) =>
      objects.presignGet({
        key,
        contentType: 'image/png',
        contentDisposition: 'attachment; filename="a card.png"',
        expiresIn: 60,
        origin: under.origin,
        ...changes,
      });

    describe('a signed PUT', () => {
      test('stores what is sent, as `put` would', async () => {
        const signed = signedPut();
        const answer = await upload(await objects.presignPut(signed), 'the bytes');
        assert.equal(answer.status, 200, await answer.text());
        assert.equal(await textOf(signed.key), 'the bytes');
        const { etag, size } = (await objects.head(signed.key)) ?? assert.fail();
        assert.equal(size, 9);
        assert.equal(String(await objects.get(signed.key, { etag })), 'the bytes');
      });

      test('with a size takes exactly that many bytes', async () => {
        const signed = signedPut({ size: 9 });
        const url = await objects.presignPut(signed);
        for (const other of ['the byte', 'the bytes and more', '']) {
          assertRefused(await upload(url, other));
          assert.equal(await objects.head(signed.key), undefined);
        }
        assert.equal((await upload(url, 'the bytes')).status, 200);
      });

      test('with a checksum takes no other bytes, or `digest` tells', async () => {
        const signed = signedPut({ size: 9, sha256: sha256Of('the bytes') });
        const url = await objects.presignPut(signed);
        const answer = await upload(url, 'the bytez');
        if (answer.ok) {
          const digest = await objects.digest(signed.key, await headOf(signed.key));
          assert.equal(digest, sha256Of('the bytez'));
        } else {
          assertRefused(answer);
          assert.equal(await objects.head(signed.key), undefined);
        }
        assert.equal((await upload(url, 'the bytes')).status, 200);
      });

      test('takes its type only', async () => {
        const signed = signedPut();
        const url = await objects.presignPut(signed);
        assertRefused(await upload(url, 'the bytes', 'text/html'));
        assert.equal(await objects.head(signed.key), undefined);
      });

      test('is for its key, its method and its words only', async () => {
        const [signed, other] = [signedPut(), newKey()];
        await put(other);
        const url = await objects.presignPut(signed);
        assertRefused(await upload(url.replace(signed.key, other), 'stolen'));
        assertRefused(
          await upload(
            url.replace(/.(?=$|&)/, (last) => (last === 'A' ? 'B' : 'A')),
            'x',
          ),
        );
        assertRefused(await fetch(url.replace(signed.key, other)));
        assertRefused(await fetch(url, { method: 'DELETE' }));
        assert.equal(await textOf(other), 'the bytes');
        assert.equal(await objects.head(signed.key), undefined);
      });

      test('ends', async () => {
        const signed = signedPut({ expiresIn: 1 });
        const url = await objects.presignPut(signed);
        await sleep(2_100);
        assertRefused(await upload(url, 'the bytes'));
        assert.equal(await objects.head(signed.key), undefined);
      });
    });

    describe('a signed GET', () => {
      test('answers the bytes with the headers that were signed', async () => {
        const key = newKey();
        const { etag } = await put(key);
        const answer = await fetch(await presignGet(key, { etag }));
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'image/png');
        assert.equal(
          answer.headers.get('content-disposition'),
          'attachment; filename="a card.png"',
        );
        assert.equal(answer.headers.get('content-length'), '9');
        assert.equal(await answer.text(), 'the bytes');
      });

      test('is for its key and its words only', async () => {
        const [key, other] = [newKey(), newKey()];
        await put(key);
        await put(other, 'a secret');
        const url = await presignGet(key);
        assertRefused(await fetch(url.replace(key, other)));
        assertRefused(await fetch(url.replaceAll('attachment', 'inline')));
        assertRefused(await fetch(url.replaceAll('image%2Fpng', 'text%2Fhtml')));
        assertRefused(await upload(url, 'stolen'));
        assert.equal(await textOf(key), 'the bytes');
      });

      test('never answers bytes that were replaced before it was asked for', async () => {
        const key = newKey();
        const { etag } = await put(key);
        await put(key, 'other one');
        const url = await presignGet(key, { etag }).catch((error: unknown) => {
          assert.ok(hasCode(error, 'upload.changed'), String(error));
        });
        if (url) assertRefused(await fetch(url));
      });

      test('of nothing finds nothing', async () => {
        const url = await presignGet(newKey()).catch((error: unknown) => {
          assert.ok(hasCode(error, 'objects.not_found'), String(error));
        });
        if (url) assert.equal((await fetch(url)).status, 404);
      });

      test('ends', async () => {
        const key = newKey();
        await put(key);
        const url = await presignGet(key, { expiresIn: 1 });
        await sleep(2_100);
        assertRefused(await fetch(url));
      });
    });

    describe('the store', () => {
      test('tells that it works, and leaves no trace of having been asked', async () => {
        await objects.ping();
        await Promise.all([objects.ping(), objects.ping()]);
      });

      test('that cannot be reached says so, and never that an object is missing', async () => {
        const [away, key] = [await under.openUnreachable(), newKey()];
        const unavailable = { code: 'objects.unavailable' };
        await assert.rejects(away.ping(), unavailable);
        await assert.rejects(away.head(key), unavailable);
        await assert.rejects(away.get(key), unavailable);
        await assert.rejects(away.checkout(key, { scratch }), unavailable);
        await assert.rejects(away.put(key, Buffer.from('x'), { contentType: 'a/b' }), unavailable);
        await assert.rejects(away.openRead(key, {}), unavailable);
        await assert.rejects(away.digest(key, { etag: 'any' }), unavailable);
        const one = { size: 1, contentType: 'a/b' };
        await assert.rejects(away.receive(key, streamOf(['x']), one), unavailable);
        await assert.rejects(away.deleteAll(folderOf(key)), unavailable);
        await assert.rejects(async () => {
          for await (const _ of away.list(folderOf(key))) assert.fail('it listed something');
        }, unavailable);
      });
    });
  });
}

/** Gives the chunks one by one, and then ends or breaks. */
function streamOf(chunks: readonly string[], broken?: Error): Readable {
  return Readable.from(
    (async function* () {
      for (const chunk of chunks) {
        yield Buffer.from(chunk);
        await sleep(1);
      }
      if (broken) throw broken;
    })(),
  );
}

function newKey(name = 'card.png'): string {
  return `tests/${randomUUID()}/${name}`;
}

function folderOf(key: string): string {
  return `${path.posix.dirname(key)}/`;
}

function sha256Of(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function upload(url: string, content: string, contentType = 'image/png'): Promise<Response> {
  return fetch(url, { method: 'PUT', body: content, headers: { 'content-type': contentType } });
}

/** Stores differ in the status, not in that it is the caller's fault. */
function assertRefused({ status }: Response): void {
  assert.ok(status >= 400 && status < 500, `it was answered ${status}`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof AppError && error.code === code;
}
