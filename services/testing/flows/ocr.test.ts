// POST /api/ocr: the contract in one call, through real processes.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  detailOf,
  eventsOf,
  eventually,
  expectProblem,
  initiate,
  statusOf,
  until,
} from '../client.ts';
import { fixture, scannedPdf, truncated } from '../fixtures.ts';
import { assertReadOnce } from '../reading.ts';
import { createSystem, type System } from '../system.ts';

const receipt = fixture('receipt.jpg');
let system: System;
let api = '';

before(async () => {
  system = await createSystem();
  api = await system.open();
});
after(() => system.stop());

interface Call {
  readonly bytes?: Buffer;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly to?: string;
}

function ocr({ bytes = receipt, query = '', headers = {}, signal, to = api }: Call = {}) {
  return fetch(`${to}/api/ocr?${query}`, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'image/jpeg', ...headers },
    ...(signal && { signal }),
  });
}

/** The upload that the answer speaks of. */
function idOf(answer: Response): string {
  const id = /^\/api\/uploads\/([\w-]+)$/.exec(answer.headers.get('location') ?? '')?.[1];
  assert.ok(id, 'the answer has no Location');
  return id;
}

describe('a file in one call', () => {
  test('is answered with its text, and has gone the way of every upload', async () => {
    const answer = await ocr({ query: 'filename=card.jpg&game_id=game-7&priority=bulk' });
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.match(await answer.text(), /Triple Six Point Enterprise/);
    const { filename, game_id, options, timeline, status } = await detailOf(api, idOf(answer));
    assert.deepEqual(
      [filename, game_id, options.priority, status],
      ['card.jpg', 'game-7', 'bulk', 'parsed'],
    );
    assert.deepEqual(
      timeline.map((event) => event.type),
      ['initiated', 'uploaded', 'processing', 'parsed'].map((name) => `upload.${name}`),
    );
  });

  test('comes in the form that the address or the Accept header asks for', async () => {
    const json = await ocr({ headers: { accept: 'application/json;q=0.9, text/html;q=0.8' } });
    assert.equal(json.headers.get('content-type'), 'application/json');
    assert.equal(((await json.json()) as { page_count: number }).page_count, 1);
    const pdf = await ocr({ query: 'format=pdf', headers: { accept: 'text/plain' } });
    assert.equal(pdf.headers.get('content-type'), 'application/pdf');
    assert.ok(Buffer.from(await pdf.arrayBuffer()).includes(receipt));
  });

  test('needs no type when its first bytes say it', async () => {
    const answer = await ocr({ headers: { 'content-type': 'application/octet-stream' } });
    assert.equal(answer.status, 200);
    assert.equal((await statusOf(api, idOf(answer))).content_type, 'image/jpeg');
  });

  test('that takes longer than the caller waits is answered with where it is', async () => {
    const answer = await ocr({ query: 'wait=0' });
    assert.equal(answer.status, 202);
    const id = idOf(answer);
    assert.equal(((await answer.json()) as { upload_id: string }).upload_id, id);
    await until(api, id, 'parsed');
  });

  test('waits for any part of a second', async () => {
    // In floating point not a whole number of milliseconds.
    const answer = await ocr({ query: 'wait=2.01' });
    assert.ok(answer.ok, await answer.clone().text());
    await until(api, idOf(answer), 'parsed');
  });

  test('is read although its caller leaves', async () => {
    const leaving = new AbortController();
    const answer = ocr({
      bytes: scannedPdf(12),
      query: 'game_id=left&wait=60',
      headers: { 'content-type': 'application/pdf' },
      signal: leaving.signal,
    });
    answer.catch(() => {});
    const id = await eventually(async () => {
      const list = await fetch(`${api}/api/uploads?game_id=left&status=processing`);
      const { uploads } = (await list.json()) as { uploads: { upload_id: string }[] };
      return uploads[0]?.upload_id;
    });
    leaving.abort();
    await assert.rejects(answer);
    assert.equal((await until(api, id, 'parsed')).pages_done, 12);
  });
});

describe('a call repeated with its Idempotency-Key', () => {
  const keyed = () => ({ 'idempotency-key': randomUUID() });

  test('is answered with the upload of the first, also by two at once', async () => {
    const headers = keyed();
    const answers = await Promise.all([ocr({ headers }), ocr({ headers })]);
    const again = await ocr({ headers, query: 'format=json' });
    assert.equal(((await again.json()) as { page_count: number }).page_count, 1);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    for (const text of texts) assert.match(text, /Triple Six Point Enterprise/);
    assert.equal(new Set([...answers, again].map(idOf)).size, 1);
    await assertReadOnce(api, idOf(again), 1);
  });

  test('with other bytes or options is refused', async () => {
    const headers = keyed();
    assert.equal((await ocr({ headers, query: 'wait=0' })).status, 202);
    const other = { headers, bytes: fixture('word.jpg') };
    await expectProblem(ocr(other), 422, 'idempotency.key_reused');
    await expectProblem(ocr({ headers, query: 'layout=table' }), 422, 'idempotency.key_reused');
  });

  test('goes on where the first came no further than its row', async () => {
    const headers = keyed();
    const announced = await fetch(`${api}/api/uploads/initiate`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        filename: 'upload',
        content_type: 'image/jpeg',
        file_size: receipt.length,
        sha256: createHash('sha256').update(receipt).digest('hex'),
        options: {},
      }),
    });
    const { upload_id: id } = (await announced.json()) as { upload_id: string };
    const answer = await ocr({ headers });
    assert.equal(idOf(answer), id);
    assert.match(await answer.text(), /Triple Six Point Enterprise/);
  });
});

describe('what is refused', () => {
  test('has the codes of the long way', async () => {
    const png = { 'content-type': 'image/png' };
    await expectProblem(ocr({ headers: png }), 422, 'upload.type_mismatch');
    const text = { 'content-type': 'text/plain' };
    await expectProblem(ocr({ headers: text }), 415, 'upload.unsupported_type');
    await expectProblem(ocr({ bytes: Buffer.alloc(0) }), 422, 'upload.empty');
    await expectProblem(ocr({ query: 'layout=spiral' }), 400, 'request.invalid');
    await expectProblem(ocr({ query: 'wait=3600' }), 400, 'request.invalid');
    await expectProblem(ocr({ query: 'language=xyz' }), 422, 'language.unavailable');
  });

  test('a damaged file is named with its upload', async () => {
    const problem = await expectProblem(ocr({ bytes: truncated(receipt) }), 422, 'file.corrupt');
    const { upload_id: id } = problem as unknown as { upload_id: string };
    assert.equal((await statusOf(api, id)).status, 'failed');
  });

  test('more bytes than a call may have', async () => {
    const { url } = await system.startGateway({ CRICKSY_OCR_MAX_BYTES: '10000' });
    await expectProblem(ocr({ to: url }), 413, 'request.too_large');
    const word = await ocr({ to: url, bytes: fixture('word.jpg') });
    assert.equal((await word.text()).trim(), 'Tesseract.js');
  });

  test('more calls than a client may make, counted with its initiates', async () => {
    const { url } = await system.startGateway({ CRICKSY_RATE_LIMIT_INITIATE: '2' });
    await initiate(url);
    assert.equal((await ocr({ to: url, query: 'wait=0' })).status, 202);
    await expectProblem(ocr({ to: url }), 429, 'rate.limited');
  });
});

describe('with a switch turned', () => {
  test('uploads off: nothing is taken', async () => {
    const { url } = await system.startGateway({ CRICKSY_ENABLE_UPLOADS: 'false' });
    await expectProblem(ocr({ to: url }), 503, 'uploads.disabled');
  });

  test('OCR off: nobody waits for what does not happen', async () => {
    const { url } = await system.startGateway({ CRICKSY_ENABLE_OCR: 'false' });
    const answer = await ocr({ to: url, query: 'wait=60' });
    assert.equal(answer.status, 202);
    const events = await eventsOf(url, idOf(answer));
    assert.ok(events.every(({ type }) => type !== 'upload.failed'));
  });
});
