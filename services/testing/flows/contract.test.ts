// The upload contract and what surrounds it, through a real gateway and a real worker.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { InitiateAnswer, LiveMessage, UploadStatusAnswer } from '#core/messages.ts';
import {
  detailOf,
  eventsOf,
  eventually,
  expectProblem,
  getJson,
  initiate,
  post,
  put,
  resultText,
  send,
  statusOf,
  until,
} from '../client.ts';
import { fixture, letter, scannedPdf } from '../fixtures.ts';
import { makePdf } from '../pdf.ts';
import { createSystem, type System } from '../system.ts';

const receipt = fixture('receipt.jpg');
const print = { filename: 'print.png', contentType: 'image/png', bytes: fixture('print.png') };
const pdf = (bytes: Buffer) => ({ filename: 'book.pdf', contentType: 'application/pdf', bytes });

let system: System;
let api = '';

before(async () => {
  system = await createSystem();
  api = await system.open();
});
after(() => system.stop());

describe('the road of an upload', () => {
  test('a photo is announced, sent, read, reviewed and applied', async () => {
    const announced = await initiate(api, {
      file_size: receipt.length,
      sha256: createHash('sha256').update(receipt).digest('hex'),
      game_id: 'game-7',
      user_id: 'scorer-1',
    });
    const id = announced.upload_id;
    assert.equal(announced.expires_in, 3600);
    assert.equal(announced.s3_key, `uploads/${id}/card.jpg`);
    assert.equal((await put(announced.presigned_url, receipt)).status, 200);
    const completed = await post(`${api}/api/uploads/${id}/complete`, {
      file_size: receipt.length,
    });
    assert.equal(completed.status, 202);

    const parsed = await until(api, id, 'parsed');
    assert.deepEqual(parsed.parsed_preview?.metadata.pages, 1);
    assert.equal(parsed.parsed_preview?.deliveries, null);
    assert.equal(parsed.game_id, 'game-7');
    assert.ok((parsed.metrics.ocr_ms ?? 0) > 0 && (parsed.metrics.total_ms ?? 0) > 0);
    assert.match(await resultText(api, id), /Triple Six Point Enterprise/);

    const validated = { validated_data: { total: 760 }, confirm: true, version: parsed.version };
    const applied = await post(`${api}/api/uploads/${id}/apply`, validated);
    assert.equal(applied.status, 200);
    // An event gets its place in the order a moment after its commit.
    const detail = await eventually(async () => {
      const answer = await detailOf(api, id);
      return answer.timeline.length === 5 ? answer : undefined;
    });
    assert.deepEqual(
      detail.timeline.map((event) => event.type),
      ['initiated', 'uploaded', 'processing', 'parsed', 'applied'].map((name) => `upload.${name}`),
    );
    assert.deepEqual(detail.validated_data, { total: 760 });
    assert.deepEqual(
      detail.attempts_log.map((attempt) => attempt.outcome),
      ['done'],
    );
  });

  test('results come as text, json with boxes, and tsv', async () => {
    const id = await send(api, print);
    await until(api, id, 'parsed');
    const json = await getJson<{ pages: { words: { text: string }[] }[] }>(
      `${api}/api/uploads/${id}/result?format=json`,
    );
    assert.equal(json.pages[0]?.words[0]?.text, 'This');
    const tsv = await (await fetch(`${api}/api/uploads/${id}/result?format=tsv`)).text();
    const [head = '', first = ''] = tsv.split('\n');
    assert.equal(head.split('\t').length, first.split('\t').length);
    assert.ok(first.includes('This'));
    const words = await getJson<{ width: number; words: unknown[] }>(
      `${api}/api/uploads/${id}/pages/1/words`,
    );
    assert.deepEqual([words.width, words.words.length], [640, 60]);
    await expectProblem(fetch(`${api}/api/uploads/${id}/pages/2/words`), 404, 'page.not_found');
  });

  test('a photo that browsers show needs no preview', async () => {
    const id = await send(api, { bytes: receipt });
    await until(api, id, 'parsed');
    await expectProblem(fetch(`${api}/api/uploads/${id}/pages/1/preview`), 404, 'page.no_preview');
  });

  test('the original comes back as an attachment that no browser guesses about', async () => {
    const id = await send(api, { bytes: receipt, filename: 'Überblick "1".jpg' });
    const { url } = await getJson<{ url: string }>(`${api}/api/uploads/${id}/original`);
    const original = await fetch(url);
    assert.deepEqual(Buffer.from(await original.arrayBuffer()), receipt);
    assert.equal(original.headers.get('x-content-type-options'), 'nosniff');
    assert.match(
      original.headers.get('content-disposition') ?? '',
      /^attachment; .*filename\*=UTF-8''/,
    );
    assert.equal(original.headers.get('content-type'), 'image/jpeg');
  });

  test('an initiate repeated with its key is the same upload, with a URL that works', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = { filename: 'card.jpg', content_type: 'image/jpeg', game_id: 'g' };
    const ask = (asked: object) => post(`${api}/api/uploads/initiate`, asked, key);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(body)));
    assert.ok(answers.every((answer) => answer.status === 201));
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as InitiateAnswer[];
    assert.equal(new Set(bodies.map((one) => one.upload_id)).size, 1);
    const { upload_id: id, presigned_url } = bodies.at(-1) as InitiateAnswer;
    assert.equal((await put(presigned_url, receipt)).status, 200);
    assert.equal((await post(`${api}/api/uploads/${id}/complete`)).status, 202);
    const reordered = { game_id: 'g', content_type: 'image/jpeg', filename: 'card.jpg' };
    assert.equal(((await (await ask(reordered)).json()) as InitiateAnswer).upload_id, id);
    await expectProblem(ask({ ...body, game_id: 'h' }), 422, 'idempotency.key_reused');
    await until(api, id, 'parsed');
  });

  test('a PDF has a preview of each page, words from its text, and one result', async () => {
    const id = await send(api, pdf(fixture('scorecard.pdf')));
    await until(api, id, 'parsed');
    const preview = await fetch(`${api}/api/uploads/${id}/pages/1/preview`);
    assert.deepEqual([preview.status, preview.headers.get('content-type')], [200, 'image/jpeg']);
    assert.ok((await preview.arrayBuffer()).byteLength > 10_000);
    assert.match(await resultText(api, id), /Africa XI v Asia XI/);
  });

  test('a long scan is shared out among tasks, and read once, in order', async () => {
    const id = await send(api, pdf(scannedPdf(24)));
    const parsed = await until(api, id, 'parsed');
    assert.deepEqual([parsed.page_count, parsed.pages_done, parsed.pages_failed], [24, 24, 0]);
    const { attempts_log, pages, timeline } = await detailOf(api, id);
    assert.ok(new Set(attempts_log.map((attempt) => attempt.task_id)).size > 1);
    assert.deepEqual(
      pages.map((page) => page.number),
      Array.from({ length: 24 }, (_, index) => index + 1),
    );
    assert.equal(timeline.filter((event) => event.type === 'upload.parsed').length, 1);
    const text = await resultText(api, id);
    assert.equal(text.match(/Triple Six Point/g)?.length, 24);
  });

  test('a bad page fails alone, and is named', async () => {
    const line = { ...letter, lines: ['Fall of wickets 1-12, 2-47, 3-90'] };
    const file = makePdf([line, { width: 7_200, height: 7_200 }, line]);
    const parsed = await until(api, await send(api, pdf(file)), 'parsed');
    assert.deepEqual([parsed.pages_done, parsed.pages_failed], [2, 1]);
    const { pages } = await detailOf(api, parsed.upload_id);
    assert.equal(pages[1]?.error_code, 'page.too_large');
  });

  test('listeners are told live, with the percentages in between', async () => {
    const { upload_id: id, presigned_url } = await initiate(api, pdf(scannedPdf(3)));
    const socket = new WebSocket(`${api.replace('http', 'ws')}/api/events?upload_id=${id}`);
    const seen: LiveMessage[] = [];
    const done = new Promise<void>((resolve, reject) => {
      socket.addEventListener('error', () => reject(new Error('the socket failed')));
      socket.addEventListener('message', ({ data }) => {
        const message = JSON.parse(String(data)) as LiveMessage;
        seen.push(message);
        if (message.type === 'upload.parsed') resolve();
      });
    });
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    await put(presigned_url, scannedPdf(3), 'application/pdf');
    await post(`${api}/api/uploads/${id}/complete`);
    await done;
    socket.close();
    const types = seen.map((message) => message.type);
    assert.equal(types[0], 'hello');
    assert.ok(types.includes('page.progress'));
    const kept = seen.filter((message) => 'cursor' in message && message.type !== 'hello');
    const stored = (await eventsOf(api, id)).slice(-kept.length);
    assert.deepEqual(kept, stored);
  });
});

describe('deciding about an upload', () => {
  test('it is applied once, only when confirmed, and only in the version that was reviewed', async () => {
    const id = await send(api, print);
    const { version } = await until(api, id, 'parsed');
    const apply = (body: unknown) => post(`${api}/api/uploads/${id}/apply`, body);
    await expectProblem(apply({ confirm: false }), 400, 'request.invalid');
    await expectProblem(apply({}), 400, 'request.invalid');
    await expectProblem(
      apply({ confirm: true, version: version - 1 }),
      409,
      'upload.version_conflict',
    );
    const answers = await Promise.all(Array.from({ length: 8 }, () => apply({ confirm: true })));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    assert.equal(new Set(bodies.map((body) => JSON.stringify(body))).size, 1);
    const events = await eventsOf(api, id);
    assert.equal(events.filter((event) => event.type === 'upload.applied').length, 1);
    await expectProblem(post(`${api}/api/uploads/${id}/discard`), 409, 'upload.wrong_status');
  });

  test('of two reviewers who saw the same version one wins', async () => {
    const id = await send(api, print);
    await until(api, id, 'parsed');
    const seen = await fetch(`${api}/api/uploads/${id}/status`);
    const etag = seen.headers.get('etag') ?? '';
    assert.equal((await fetch(`${api}/api/uploads/${id}`)).headers.get('etag'), etag);
    const apply = (runs: number, ifMatch: string) =>
      post(
        `${api}/api/uploads/${id}/apply`,
        { confirm: true, validated_data: { runs } },
        { 'if-match': ifMatch },
      );
    await expectProblem(apply(1, '"1"'), 412, 'upload.precondition_failed');
    await expectProblem(apply(1, 'W/"1"'), 400, 'request.invalid');
    const answers = await Promise.all([1, 2, 3, 4].map((runs) => apply(runs, etag)));
    const statuses = answers.map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [200, 409, 409, 409]);
    const won = answers.findIndex((answer) => answer.status === 200);
    assert.deepEqual((await detailOf(api, id)).validated_data, { runs: won + 1 });
  });

  test('it is cancelled while it is read, and the engine is free again at once', async () => {
    const id = await send(api, pdf(scannedPdf(60)));
    await until(api, id, 'processing');
    assert.equal((await post(`${api}/api/uploads/${id}/cancel`)).status, 200);
    const cancelled = await statusOf(api, id);
    assert.deepEqual([cancelled.status, cancelled.status_reason], ['cancelled', 'requested']);
    await until(api, await send(api, print), 'parsed');
    assert.equal((await statusOf(api, id)).status, 'cancelled');
    await expectProblem(post(`${api}/api/uploads/${id}/retry`), 409, 'upload.wrong_status');
  });

  test('it is read again with other options, and discarded', async () => {
    const id = await send(api, print);
    await until(api, id, 'parsed');
    const again = await post(`${api}/api/uploads/${id}/read-again`, {
      options: { model: 'accurate' },
    });
    assert.equal(again.status, 202, await again.text());
    const second = await until(api, id, 'parsed');
    assert.deepEqual([second.reading, second.options.model], [2, 'accurate']);
    assert.equal(second.parsed_preview?.metadata.model, 'accurate');
    assert.equal((await post(`${api}/api/uploads/${id}/discard`)).status, 200);
    const discarded = await statusOf(api, id);
    assert.deepEqual([discarded.status, discarded.status_reason], ['cancelled', 'discarded']);
  });

  test('a failed one is retried by hand', async () => {
    const id = await send(api, { bytes: receipt, options: { language: 'xyz' } });
    const failed = await until(api, id, 'failed');
    assert.equal(failed.error_code, 'language.unavailable');
    assert.equal((await post(`${api}/api/uploads/${id}/retry`)).status, 202);
    await until(api, id, 'failed');
    const again = { options: { language: 'eng' } };
    assert.equal((await post(`${api}/api/uploads/${id}/read-again`, again)).status, 202);
    await until(api, id, 'parsed');
  });

  test('a deleted one is gone with its bytes', async () => {
    const id = await send(api, print);
    await until(api, id, 'parsed');
    const { url } = await getJson<{ url: string }>(`${api}/api/uploads/${id}/original`);
    const deleted = await fetch(`${api}/api/uploads/${id}`, { method: 'DELETE' });
    assert.equal(deleted.status, 204);
    await expectProblem(fetch(`${api}/api/uploads/${id}`), 404, 'upload.not_found');
    assert.equal((await fetch(url)).status, 404);
  });
});

describe('what a client does wrong', () => {
  const complete = (id: string, body?: unknown) => post(`${api}/api/uploads/${id}/complete`, body);

  test('completing without bytes, and then with them', async () => {
    const { upload_id: id, presigned_url } = await initiate(api);
    await expectProblem(complete(id), 409, 'upload.incomplete');
    await put(presigned_url, receipt);
    assert.equal((await complete(id)).status, 202);
    await until(api, id, 'parsed');
  });

  test('completing many times at once has one effect and one answer', async () => {
    const { upload_id: id, presigned_url } = await initiate(api);
    await put(presigned_url, receipt);
    const answers = await Promise.all(Array.from({ length: 20 }, () => complete(id)));
    assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([202]));
    await until(api, id, 'parsed');
    const { attempts_log, timeline } = await detailOf(api, id);
    assert.equal(attempts_log.length, 1);
    assert.equal(timeline.filter((event) => event.type === 'upload.uploaded').length, 1);
    assert.equal((await complete(id)).status, 202);
  });

  test('another size, another checksum, another type, nothing at all', async () => {
    const size = await initiate(api, { file_size: receipt.length });
    const cut = await put(size.presigned_url, receipt.subarray(0, 1_000));
    await expectProblem(cut, 422, 'upload.size_mismatch');
    const stated = await initiate(api);
    await put(stated.presigned_url, receipt);
    await expectProblem(complete(stated.upload_id, { file_size: 5 }), 422, 'upload.size_mismatch');
    const sum = await initiate(api, { sha256: '0'.repeat(64) });
    await expectProblem(put(sum.presigned_url, receipt), 422, 'upload.checksum_mismatch');
    await expectProblem(complete(sum.upload_id), 409, 'upload.incomplete');
    const type = await initiate(api);
    await put(type.presigned_url, print.bytes);
    await expectProblem(complete(type.upload_id), 422, 'upload.type_mismatch');
    const text = await initiate(api, { contentType: 'image/png', filename: 'notes.png' });
    await put(text.presigned_url, Buffer.from('Extras 12'), 'image/png');
    await expectProblem(complete(text.upload_id), 422, 'upload.type_mismatch');
    const empty = await initiate(api);
    await put(empty.presigned_url, Buffer.alloc(0));
    await expectProblem(complete(empty.upload_id), 422, 'upload.empty');
  });

  test('too large, by declaration and by bytes', async () => {
    const declared = { filename: 'a.jpg', content_type: 'image/jpeg', file_size: 26 * 1024 * 1024 };
    await expectProblem(post(`${api}/api/uploads/initiate`, declared), 413, 'upload.too_large');
    const { presigned_url } = await initiate(api);
    const much = Buffer.alloc(26 * 1024 * 1024);
    await expectProblem(put(presigned_url, much), 413, 'upload.too_large');
  });

  test('a format that is not read is refused by name', async () => {
    const gif = { filename: 'a.gif', content_type: 'image/gif' };
    await expectProblem(post(`${api}/api/uploads/initiate`, gif), 415, 'upload.unsupported_type');
  });

  test('bytes replaced after completing are never read', async () => {
    const first = await initiate(api, pdf(scannedPdf(30)));
    await put(first.presigned_url, scannedPdf(30), 'application/pdf');
    await complete(first.upload_id);
    // The engines are busy with that one while the bytes of the next are exchanged.
    await until(api, first.upload_id, 'processing');
    const { upload_id: id, presigned_url } = await initiate(api);
    await put(presigned_url, receipt);
    await complete(id);
    await put(presigned_url, fixture('word.jpg'));
    await post(`${api}/api/uploads/${first.upload_id}/cancel`);
    const ended = await Promise.any([until(api, id, 'failed'), until(api, id, 'parsed')]);
    if (ended.status === 'failed') assert.equal(ended.error_code, 'upload.changed');
    else assert.match(await resultText(api, id), /Triple Six Point Enterprise/);
  });

  test('unknown ids, malformed JSON, unknown options, unknown addresses', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    await expectProblem(fetch(`${api}/api/uploads/${id}/status`), 404, 'upload.not_found');
    await expectProblem(complete(id), 404, 'upload.not_found');
    await expectProblem(fetch(`${api}/api/uploads/not-an-id/status`), 404, 'upload.not_found');
    await expectProblem(
      post(`${api}/api/uploads/initiate`, '{"filename":'),
      400,
      'request.malformed',
    );
    const options = {
      filename: 'a.jpg',
      content_type: 'image/jpeg',
      options: { layout: 'spiral' },
    };
    const problem = await expectProblem(
      post(`${api}/api/uploads/initiate`, options),
      400,
      'request.invalid',
    );
    assert.equal(problem.errors?.[0]?.field, 'options.layout');
    await expectProblem(fetch(`${api}/api/nothing`), 404, 'route.not_found');
    await expectProblem(
      fetch(`${api}/api/uploads/initiate`, { method: 'PUT' }),
      405,
      'route.method_not_allowed',
    );
  });

  test('path tricks in names stay names', async () => {
    const filename = '../../etc/passwd\\..\\boot.jpg';
    const { upload_id: id, s3_key, presigned_url } = await initiate(api, { filename });
    assert.match(s3_key, new RegExp(`^uploads/${id}/[^/\\\\]+$`));
    assert.ok(!s3_key.includes('..'));
    await put(presigned_url, receipt);
    await complete(id);
    assert.equal((await until(api, id, 'parsed')).filename, filename);
    const escaped = presigned_url.replace('/uploads/', '/uploads/..%2f..%2f');
    assert.equal((await put(escaped, receipt)).status, 403);
  });
});

describe('looking around', () => {
  test('uploads are listed newest first, filtered, page by page', async () => {
    const ids = [];
    for (let n = 0; n < 5; n++) {
      ids.push((await initiate(api, { game_id: 'paged', user_id: `user-${n % 2}` })).upload_id);
    }
    const list = (query: string) =>
      getJson<{ uploads: UploadStatusAnswer[]; next_cursor: string | null }>(
        `${api}/api/uploads?${query}`,
      );
    const first = await list('game_id=paged&limit=2');
    const second = await list(`game_id=paged&limit=2&cursor=${first.next_cursor}`);
    const third = await list(`game_id=paged&limit=2&cursor=${second.next_cursor}`);
    const seen = [first, second, third].flatMap((page) => page.uploads.map((one) => one.upload_id));
    assert.deepEqual(seen, ids.toReversed());
    assert.equal(third.next_cursor, null);
    assert.equal((await list('game_id=paged&user_id=user-1')).uploads.length, 2);
    assert.equal((await list('game_id=paged&status=parsed')).uploads.length, 0);
    await expectProblem(fetch(`${api}/api/uploads?cursor=nonsense`), 400, 'list.cursor_invalid');
  });

  test('health tells of every part, the description names every address', async () => {
    const health = await getJson<Record<string, { ok: boolean }>>(`${api}/api/health`);
    for (const part of ['database', 'broker', 'objects'])
      assert.equal(health[part]?.ok, true, part);
    const described = await getJson<{ openapi: string; paths: object }>(`${api}/api/openapi.json`);
    assert.match(described.openapi, /^3\.1/);
    assert.ok(Object.keys(described.paths).length > 15);
  });
});
