// Every format of a result, from real readings, as other programs understand it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import type { PageResult } from '#core/domain/pages.ts';
import {
  type ResultFormat,
  resultFormatNames,
  resultFormats,
} from '#core/domain/results/formats.ts';
import {
  expectProblem,
  getJson,
  initiate,
  post,
  put,
  resultText,
  type Sent,
  send,
  until,
} from '../client.ts';
import { fixture, letter, scannedPdf } from '../fixtures.ts';
import { makePdf } from '../pdf.ts';
import { createSystem, type System } from '../system.ts';
import { checkPdf, runOn, wordsOfPdf, xpath } from '../tools.ts';

let system: System;
let api = '';

before(async () => {
  system = await createSystem();
  api = await system.open();
});
after(() => system.stop());

const resultOf = (id: string, format: string) =>
  fetch(`${api}/api/uploads/${id}/result?format=${format}`);

async function pdfOf(id: string): Promise<Buffer> {
  const answer = await resultOf(id, 'pdf');
  assert.equal(answer.status, 200, answer.statusText);
  return Buffer.from(await answer.arrayBuffer());
}

async function pagesOf(id: string): Promise<PageResult[]> {
  return (await getJson<{ pages: PageResult[] }>(`${api}/api/uploads/${id}/result?format=json`))
    .pages;
}

async function read(sent: Sent): Promise<string> {
  const id = await send(api, sent);
  await until(api, id, 'parsed');
  return id;
}

/** Poppler finds the words that we give, where we give them. */
async function compareWords(pdf: Buffer, pages: readonly PageResult[]): Promise<void> {
  const found = await wordsOfPdf(pdf);
  const key = (page: number, text: string) => `${page} ${text}`;
  const places = Map.groupBy(found, ({ page, text }) => key(page, text));
  let placed = 0;
  const words = pages.flatMap((page) => page.words.map((word) => ({ ...word, page: page.number })));
  for (const { text, box, page } of words) {
    const expected = box.map((side) => (side * 72) / 300);
    const near = places
      .get(key(page, text))
      ?.some((one) => one.box.every((side, index) => Math.abs(side - (expected[index] ?? 0)) < 1));
    if (near) placed += 1;
  }
  // Poppler joins words that touch; a recognition has a few of those.
  assert.ok(placed >= 0.95 * words.length, `${placed} of ${words.length} words are in their place`);
}

describe('a photo', () => {
  const receipt = fixture('receipt.jpg');
  let id = '';
  before(async () => {
    id = await read({ bytes: receipt, filename: 'Überblick.final.jpg' });
  });

  test('comes in every format, under the name of the upload', async () => {
    for (const format of resultFormatNames) {
      const answer = await resultOf(id, format);
      const { contentType, extension } = resultFormats[format];
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, contentType]);
      const name = encodeURIComponent(`Überblick.final.${extension}`);
      assert.match(answer.headers.get('content-disposition') ?? '', new RegExp(`UTF-8''${name}$`));
      assert.ok((await answer.arrayBuffer()).byteLength > 200);
    }
    await expectProblem(resultOf(id, 'docx'), 400, 'request.invalid');
  });

  test('hOCR and ALTO hold the words of the JSON', async () => {
    const words = (await pagesOf(id)).flatMap((page) => page.words);
    const counts: [ResultFormat, string][] = [
      ['hocr', 'count(//*[@class="ocrx_word"])'],
      ['alto', 'count(//*[local-name()="String"])'],
    ];
    for (const [format, expression] of counts) {
      const xml = await (await resultOf(id, format)).text();
      assert.equal(await xpath(xml, expression), String(words.length), format);
    }
  });

  test('is in its PDF as it was sent, and its words are found in their places', async () => {
    const pdf = await pdfOf(id);
    assert.ok(pdf.includes(receipt));
    assert.ok(pdf.length < receipt.length + 50_000);
    await checkPdf(pdf);
    await compareWords(pdf, await pagesOf(id));
    assert.match(await runOn(pdf, 'pdftotext', ['FILE', '-']), /Triple Six Point Enterprise/);
  });

  test('whose bytes were replaced since is no PDF any more, and says so', async () => {
    const { upload_id, presigned_url } = await initiate(api, { bytes: receipt });
    await put(presigned_url, receipt);
    await post(`${api}/api/uploads/${upload_id}/complete`);
    await until(api, upload_id, 'parsed');
    await put(presigned_url, fixture('word.jpg'));
    await expectProblem(resultOf(upload_id, 'pdf'), 409, 'upload.changed');
    assert.equal((await resultOf(upload_id, 'text')).status, 200);
  });

  test('that the camera turned is upright, with its words over their letters', async () => {
    const turned = await sharp(receipt)
      .rotate(270)
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const upload = await read({ bytes: turned });
    const [page] = await pagesOf(upload);
    assert.deepEqual([page?.picture?.from, page?.picture?.orientation], ['original', 6]);
    const pdf = await pdfOf(upload);
    await compareWords(pdf, await pagesOf(upload));
    assert.match(await resultText(api, upload), /Triple Six Point/);
    assert.match(await runOn(pdf, 'pdfinfo', ['FILE']), /Page size: +259\.2 x 366\.48 pts/);
  });

  test('in CMYK is shown by its preview, in the colours of screens', async () => {
    const cmyk = await sharp(receipt).toColourspace('cmyk').jpeg().toBuffer();
    const upload = await read({ bytes: cmyk });
    const [page] = await pagesOf(upload);
    assert.deepEqual([page?.picture?.from, page?.picture?.colours], ['preview', 3]);
    await checkPdf(await pdfOf(upload));
  });
});

test('a PNG has a picture in colour in its PDF', async () => {
  const id = await read({
    filename: 'print.png',
    contentType: 'image/png',
    bytes: fixture('print.png'),
  });
  const pages = await pagesOf(id);
  assert.deepEqual(pages[0]?.picture, {
    from: 'preview',
    width: 640,
    height: 480,
    colours: 3,
    orientation: 1,
  });
  const pdf = await pdfOf(id);
  await checkPdf(pdf);
  await compareWords(pdf, pages);
});

describe('a PDF', () => {
  const pdf = (bytes: Buffer) => ({ filename: 'book.pdf', contentType: 'application/pdf', bytes });

  test('comes back with all its pages, in their size, recognised or not', async () => {
    const scan = await read(pdf(scannedPdf(3)));
    const scanned = await pdfOf(scan);
    await checkPdf(scanned);
    const pages = await pagesOf(scan);
    assert.equal(pages.length, 3);
    await compareWords(scanned, pages);
    assert.match(await runOn(scanned, 'pdfinfo', ['FILE']), /Page size: +324 x 45[78]/);

    const text = await read(pdf(fixture('scorecard.pdf')));
    assert.equal((await pagesOf(text))[0]?.source, 'text-layer');
    await compareWords(await pdfOf(text), await pagesOf(text));
  });

  test('goes without the pages that could not be read', async () => {
    const line = { ...letter, lines: ['Fall of wickets 1-12, 2-47, 3-90'] };
    const id = await read(pdf(makePdf([line, { width: 7_200, height: 7_200 }, line])));
    const written = await pdfOf(id);
    await checkPdf(written);
    assert.match(await runOn(written, 'pdfinfo', ['FILE']), /^Pages: +2$/m);
    const alto = await (await resultOf(id, 'alto')).text();
    assert.equal(await xpath(alto, 'string((//*[local-name()="Page"])[2]/@PHYSICAL_IMG_NR)'), '3');
  });
});

test('what was not read has no result in any format', async () => {
  const { upload_id: id } = await initiate(api);
  for (const format of resultFormatNames) {
    await expectProblem(resultOf(id, format), 409, 'upload.not_read');
  }
});
