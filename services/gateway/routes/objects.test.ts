// What the gateway adds to the store that it serves; what every store promises is in
// core/objects/contract.ts.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { openFilesystem } from '#core/objects/filesystem.ts';
import { createGatewaySigner } from '#core/objects/gateway-signer.ts';
import { problemOf, serve } from '../fixture.ts';
import { createAuth } from '../middleware/auth.ts';
import { objectsRouter } from './objects.ts';

const signingSecret = 'a secret of tests';
const maxFileBytes = 100_000;
const directory = await mkdtemp(path.join(tmpdir(), 'cricksy-objects-'));
after(() => rm(directory, { recursive: true }));
let now = Date.now();
const store = await openFilesystem({
  directory,
  newId: randomUUID,
  now: () => now,
});
const signer = createGatewaySigner({ secret: signingSecret, now: () => now });
const { url: origin } = await serve(
  { after },
  {
    objects: objectsRouter({ store, signingSecret, maxFileBytes, now: () => now }),
    auth: createAuth('a-long-token'),
    origins: ['https://app.example'],
  },
);

const newKey = () => `uploads/${randomUUID()}/card.png`;
const putUrl = (key: string, changes: { size?: number; origin?: string } = {}) =>
  signer.presignPut({ key, contentType: 'image/png', expiresIn: 60, origin, ...changes });
const getUrl = (key: string, etag?: string) =>
  signer.presignGet({
    key,
    etag,
    contentType: 'image/png',
    contentDisposition: 'attachment; filename="card.png"',
    expiresIn: 60,
    origin,
  });
const upload = (url: string, body: string, contentType = 'image/png') =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': contentType } });
const refusal = async (answer: Promise<Response>) => {
  const { status, code } = await problemOf(await answer);
  return [status, code];
};

/** Sends a PUT byte by byte as given, until it is cut off; what was answered and how much was sent. */
async function raw(url: string, headers: readonly string[], body: Iterable<Buffer>) {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  const happened = (event: string) => new Promise((resolve) => socket.once(event, resolve));
  const closed = happened('close');
  let [answer, sent] = ['', 0];
  socket.on('error', () => undefined).on('data', (data) => (answer += data));
  const head = [`PUT ${pathname}${search} HTTP/1.1`, 'host: gateway', 'content-type: image/png'];
  socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n`);
  for (const chunk of body) {
    if (socket.destroyed) break;
    sent += chunk.length;
    if (!socket.write(chunk)) await Promise.race([happened('drain'), closed]);
  }
  await closed;
  return { answer, sent };
}

describe('a URL', () => {
  test('needs no token: it carries its proof', async () => {
    const key = newKey();
    assert.equal((await upload(await putUrl(key), 'bytes')).status, 200);
    assert.equal((await fetch(await getUrl(key))).status, 200);
  });

  test('that was changed in any part is forged', async () => {
    const signed = new URL(await putUrl(newKey(), { size: 5 }));
    const forged = [
      ['expires', '9999999999'],
      ['type', 'text/html'],
      ['size', '6'],
      ['size', ''],
    ];
    for (const [name = '', value = ''] of [...forged, ['etag', 'x'], ['signature', 'AAAA']]) {
      const other = new URL(signed);
      if (value) other.searchParams.set(name, value);
      else other.searchParams.delete(name);
      const type = other.searchParams.get('type') ?? '';
      assert.deepEqual(await refusal(upload(other.href, 'bytes', type)), [
        403,
        'objects.signature_invalid',
      ]);
    }
    const elsewhere = signed.href.replace('/uploads/', '/results/');
    assert.deepEqual(await refusal(upload(elsewhere, 'bytes')), [403, 'objects.signature_invalid']);
    assert.deepEqual(await refusal(fetch(`${origin}/objects/uploads/1/card.png`)), [
      403,
      'objects.signature_invalid',
    ]);
  });

  test('to which a size that is none was added, or anything twice, is forged', async () => {
    const key = newKey();
    const signed = await putUrl(key);
    const chunk = [Buffer.from('5\r\nbytes\r\n0\r\n\r\n')];
    const twice = `type=${encodeURIComponent('image/png')}`;
    for (const added of ['size=x', 'size=', 'size=-1', `size=${'9'.repeat(400)}`, twice]) {
      const { answer } = await raw(
        `${signed}&${added}`,
        ['transfer-encoding: chunked', 'connection: close'],
        chunk,
      );
      assert.match(answer, /^HTTP\/1.1 403 [\s\S]*"objects.signature_invalid"/, added);
    }
    assert.equal(await store.head(key), undefined);
  });

  test('for one method is no URL for another', async () => {
    const key = newKey();
    const url = await putUrl(key);
    await upload(url, 'bytes');
    assert.equal((await fetch(url)).status, 403);
    assert.equal((await upload(await getUrl(key), 'other')).status, 403);
    const deleting = await fetch(url, { method: 'DELETE' });
    assert.equal(deleting.headers.get('allow'), 'GET, HEAD, PUT');
    assert.deepEqual(await refusal(Promise.resolve(deleting)), [405, 'route.method_not_allowed']);
    assert.equal(String(await store.get(key)), 'bytes');
  });

  test('expires to the second, and a PUT that began before may end after', async () => {
    const [key, url] = [newKey(), await putUrl(newKey())];
    now += 59_000;
    assert.equal((await upload(url, 'bytes')).status, 200);
    now += 1_000;
    assert.deepEqual(await refusal(upload(url, 'bytes')), [403, 'objects.url_expired']);

    const slow = request(await putUrl(key), {
      method: 'PUT',
      headers: { 'content-type': 'image/png', 'content-length': 5 },
    });
    slow.write('by');
    await waitForDraft();
    now += 120_000;
    slow.end('tes');
    const [answer] = await once(slow, 'response');
    assert.equal(answer.statusCode, 200);
    assert.equal(String(await store.get(key)), 'bytes');
  });
});

describe('a PUT', () => {
  test('of another size than signed, or of more than allowed, is refused before its bytes', async () => {
    for (const [url, length, code] of [
      [await putUrl(newKey(), { size: 5 }), 6, 'upload.size_mismatch'],
      [await putUrl(newKey()), 10_000_000_000, 'upload.too_large'],
    ] as const) {
      const { answer } = await raw(url, [`content-length: ${length}`, 'connection: close'], []);
      assert.match(answer, new RegExp(`^HTTP/1.1 4[12][23] [\\s\\S]*"${code}"`));
    }
  });

  test('that does not tell its length is cut off beyond the size that was signed, and told so', async () => {
    const [key, chunk] = [newKey(), Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`)];
    function* endless() {
      for (let n = 0; n < 1_000; n++) yield chunk;
    }
    const { answer, sent } = await raw(
      await putUrl(key, { size: 90_000 }),
      ['transfer-encoding: chunked'],
      endless(),
    );
    assert.match(answer, /^HTTP\/1.1 422 [\s\S]*"upload.size_mismatch"/);
    // What buffers of the system take may be on its way.
    assert.ok(sent < 30_000_000, `${sent} bytes were taken`);
    assert.equal(await store.head(key), undefined);
    assert.deepEqual(await readdir(path.join(directory, 'incoming')), []);
  });

  test('that does not tell its length is held to the size that was signed, or refused', async () => {
    const key = newKey();
    const url = await putUrl(key, { size: 5 });
    const put = (target: string, ...chunks: string[]) =>
      raw(
        target,
        ['transfer-encoding: chunked', 'connection: close'],
        [...chunks, ''].map((one) => Buffer.from(`${one.length.toString(16)}\r\n${one}\r\n`)),
      );
    assert.match((await put(url, 'byt')).answer, /^HTTP\/1.1 422 [\s\S]*"upload.size_mismatch"/);
    assert.match(
      (await put(url, 'bytes', 's')).answer,
      /^HTTP\/1.1 422 [\s\S]*"upload.size_mismatch"/,
    );
    assert.equal(await store.head(key), undefined);
    assert.match((await put(url, 'by', 'tes')).answer, /^HTTP\/1.1 200 /);
    const unsized = await putUrl(key);
    assert.match(
      (await put(unsized, 'by')).answer,
      /^HTTP\/1.1 411 [\s\S]*"request.length_required"/,
    );
  });

  test('that breaks off leaves no object and no draft', async () => {
    const key = newKey();
    const { hostname, port, pathname, search } = new URL(await putUrl(key));
    const socket = connect(Number(port), hostname);
    socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\n`);
    socket.write('content-length: 50000\r\n\r\nsome of it');
    await waitForDraft();
    socket.destroy();
    await waitForDraft({ gone: true });
    assert.equal(await store.head(key), undefined);
  });

  test('from a page of another origin may be asked for first', async () => {
    const answer = await fetch(await putUrl(newKey()), {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type',
      },
    });
    assert.equal(answer.status, 204);
    assert.match(answer.headers.get('access-control-allow-methods') ?? '', /PUT/);
  });
});

describe('a GET', () => {
  test('lets no browser guess or run anything, and is answered by its head alone', async () => {
    const key = newKey();
    await upload(await putUrl(key), 'bytes');
    const url = await getUrl(key);
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(url, { method });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-length'), '5');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/);
      assert.equal(await answer.text(), method === 'GET' ? 'bytes' : '');
    }
  });

  test('of one version is not answered with another', async () => {
    const key = newKey();
    await upload(await putUrl(key), 'bytes');
    const { etag } = (await store.head(key)) ?? assert.fail();
    const url = await getUrl(key, etag);
    assert.equal((await fetch(url)).headers.get('etag'), `"${etag}"`);
    await upload(await putUrl(key), 'other');
    assert.deepEqual(await refusal(fetch(url)), [409, 'upload.changed']);
    assert.deepEqual(await refusal(fetch(await getUrl(newKey()))), [404, 'objects.not_found']);
  });
});

async function waitForDraft({ gone = false } = {}): Promise<void> {
  const incoming = path.join(directory, 'incoming');
  for (const end = performance.now() + 10_000; performance.now() < end; ) {
    if (((await readdir(incoming)).length === 0) === gone) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail('no draft came or went');
}
