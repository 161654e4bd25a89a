import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { before, describe, test } from 'node:test';
import sharp from 'sharp';
import { fixture } from '../../../testing/fixtures.ts';
import { checkPdf, runOn, wordsOfPdf } from '../../../testing/tools.ts';
import type { PageResult, Picture, Word } from '../pages.ts';
import { page, resultOf, word } from './fixture.ts';
import { toPdf } from './pdf.ts';
import type { Result } from './result.ts';

type Box = Word['box'];

const receipt = fixture('receipt.jpg');
const picture: Picture = {
  from: 'original',
  width: 1080,
  height: 1527,
  colours: 3,
  orientation: 1,
};
const size = { width: 1080, height: 1527, picture };
/** Points for each pixel. */
const scale = 72 / 300;

async function pdfOf(pages: readonly PageResult[], changes: Partial<Result> = {}) {
  const result = resultOf(pages, { picture: async () => receipt, ...changes });
  return Buffer.concat(await Readable.from(toPdf(result)).toArray());
}

describe('a searchable PDF', () => {
  const words = [
    word('Wickets', [100, 200, 300, 60]),
    word('kaptan', [420, 210, 100, 40]),
    word('Überzahl', [100, 300, 200, 50], { line: 2 }),
    word('कप्तान', [100, 400, 200, 50], { line: 3 }),
    word('得分', [100, 500, 100, 50], { line: 4 }),
    word('🏏', [100, 600, 50, 50], { line: 5 }),
    word('(a\\b)', [100, 700, 150, 50], { line: 6 }),
  ];
  let pdf: Buffer;
  before(async () => {
    pdf = await pdfOf([page(words, size), page([], { ...size, number: 2 })], {
      filename: 'Überblick (1).jpg',
    });
  });

  test('breaks no rule of PDF', () => checkPdf(pdf));

  test('holds the JPEG as it was sent, once for each page', () => {
    let found = 0;
    for (let at = pdf.indexOf(receipt); at >= 0; at = pdf.indexOf(receipt, at + 1)) found += 1;
    assert.equal(found, 2);
  });

  test('has every word of every script where it was read', async () => {
    const found = await wordsOfPdf(pdf);
    assert.deepEqual(
      found.map(({ text }) => text),
      words.map(({ text }) => text),
    );
    for (const [index, { box }] of words.entries()) {
      for (const [side, pixels] of box.entries()) {
        const points = found[index]?.box[side] ?? Number.NaN;
        assert.ok(Math.abs(points - pixels * scale) < 0.5, `side ${side} of ${words[index]?.text}`);
      }
    }
  });

  test('words that run from right to left are copied as they are written', async () => {
    const hebrew = [word('שלום', [400, 100, 200, 50]), word('עולם', [150, 100, 200, 50])];
    const text = await runOn(await pdfOf([page(hebrew, size)]), 'pdftotext', [
      '-layout',
      'FILE',
      '-',
    ]);
    const letters = text
      .replaceAll(/[^\p{Script=Hebrew} ]/gu, '')
      .replaceAll(/ +/g, ' ')
      .trim();
    assert.equal(letters, 'שלום עולם'.split(' ').reverse().join(' '));
  });

  test('words of a page on its side or upside down run the way they were read', async () => {
    const lines = ['Sachin 100 not out', 'Total 250 for 3'].map((line) => line.split(' '));
    // Of a page that is 1527 wide and 1080 tall when upright: 30 for each letter and a gap.
    const upright = lines.flatMap((texts, line) => {
      let left = 100;
      return texts.map((text) => {
        const at = left;
        left += 30 * text.length + 20;
        return word(text, [at, 100 + 100 * line, 30 * text.length, 50], { line: line + 1 });
      });
    });
    const ways = [
      { skew: 90, turn: ([x, y, w, h]: Box): Box => [1080 - y - h, x, h, w] },
      { skew: -90, turn: ([x, y, w, h]: Box): Box => [y, 1527 - x - w, h, w] },
      { skew: 0, turn: ([x, y, w, h]: Box): Box => [1080 - y - h, x, h, w] },
      { skew: 180, turn: ([x, y, w, h]: Box): Box => [1080 - x - w, 1527 - y - h, w, h] },
    ];
    for (const { skew, turn } of ways) {
      const turned = upright.map((one) => ({ ...one, box: turn(one.box) }));
      const pdf = await pdfOf([page(turned, { ...size, skew })]);
      await checkPdf(pdf);
      const text = await runOn(pdf, 'pdftotext', ['-layout', 'FILE', '-']);
      assert.equal(text.trim().replaceAll(/\s+/g, ' '), lines.flat().join(' '), `${skew} degrees`);
      for (const { text, box } of await wordsOfPdf(pdf)) {
        const wanted = turned.find((one) => one.text === text)?.box ?? [];
        const off = wanted.map((pixels, side) => Math.abs((box[side] ?? 0) - pixels * scale));
        assert.ok(Math.max(...off) < 0.5, `${text} at ${box}`);
      }
    }
  });

  test('tells its title and the size of its pages', async () => {
    const said = await runOn(pdf, 'pdfinfo', ['FILE']);
    assert.match(said, /^Title: +Überblick \(1\)\.jpg$/m);
    assert.match(said, /^Pages: +2$/m);
    assert.match(said, /^Page size: +259.2 x 366.48 pts$/m);
  });

  test('shows the picture and not the words', async () => {
    const { dominant } = await sharp(await rendered(pdf)).stats();
    assert.ok(dominant.r > 150, 'the receipt is light');
    const bare = await pdfOf([page([], size)]);
    assert.deepEqual(await rendered(pdf), await rendered(bare));
  });

  test('a page too large for readers is made smaller', async () => {
    const strip = await pdfOf([
      page([word('far', [90_000, 0, 100, 100])], { ...size, width: 100_000 }),
    ]);
    await checkPdf(strip);
    const [far] = await wordsOfPdf(strip);
    assert.ok(far && Math.abs(far.box[0] - 0.9 * 14_400) < 1);
  });
});

describe('the picture of a page stands upright', () => {
  // One corner is dark: where it comes to lie says how the picture was turned.
  const corner = sharp({ create: { width: 40, height: 20, channels: 3, background: '#fff' } })
    .composite([
      {
        input: { create: { width: 12, height: 6, channels: 3, background: '#000' } },
        left: 0,
        top: 0,
      },
    ])
    .jpeg({ quality: 95 });

  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`orientation ${orientation}`, async () => {
      const jpeg = await corner.clone().withMetadata({ orientation }).toBuffer();
      const expected = await sharp(jpeg)
        .autoOrient()
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const { width, height } = expected.info;
      const shown = { from: 'original', width: 40, height: 20, colours: 3, orientation } as const;
      const pdf = await pdfOf([page([], { width, height, picture: shown })], {
        picture: async () => jpeg,
      });
      const seen = sharp(await rendered(pdf, 300)).greyscale();
      const { data, info } = await seen.raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([info.width, info.height], [width, height]);
      for (const [x, y] of [
        [2, 2],
        [width - 3, 2],
        [2, height - 3],
        [width - 3, height - 3],
      ]) {
        const at = (y ?? 0) * width + (x ?? 0);
        assert.equal((data[at] ?? 0) < 128, (expected.data[at] ?? 0) < 128, `at ${x}, ${y}`);
      }
    });
  }
});

/** The first page as a PNG. */
async function rendered(pdf: Uint8Array, dpi = 72): Promise<Buffer> {
  const pnm = await runOn(pdf, 'sh', [
    '-c',
    `pdftoppm -r ${dpi} -f 1 -l 1 -png -singlefile "$0" "$0" && base64 "$0.png"`,
    'FILE',
  ]);
  return Buffer.from(pnm, 'base64');
}
