// Every kind of file that scorers send, through a real engine process.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { pageText } from '#core/domain/pages.ts';
import { AppError } from '#core/errors.ts';
import { fixture } from '../../testing/fixtures.ts';
import { makeTiff, type TiffPage } from '../../testing/tiff.ts';
import { openSlots, readPages, withCode } from '../slots/fixture.ts';
import type { Slots } from '../slots/slots.ts';

let folder = '';
let slots: Slots;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-formats-'));
  slots = await openSlots(folder);
});
after(async () => {
  await slots.close();
  await rm(folder, { recursive: true });
});

async function read(bytes: Uint8Array) {
  const file = path.join(folder, 'upload');
  await writeFile(file, bytes);
  return readPages(slots, file);
}

const print = () => sharp(fixture('print.png'));
const firstLine = /^This is a lot of 12 point text to test the\n/;

/** A page of that picture, uncompressed. */
async function pageOf(image: Sharp, changes: Partial<TiffPage> = {}): Promise<TiffPage> {
  const { data, info } = await image.greyscale().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, grey: data, ...changes };
}

describe('a file is read whatever its format:', () => {
  const deep = () => print().greyscale().toColourspace('grey16');
  const cases: [string, () => Promise<Buffer>][] = [
    ['a PNG of 16 bits a colour', () => deep().png().toBuffer()],
    ['a PNG with a palette', () => print().png({ palette: true, colours: 4 }).toBuffer()],
    ['a progressive JPEG', () => print().jpeg({ progressive: true }).toBuffer()],
    ['a CMYK JPEG', () => print().toColourspace('cmyk').jpeg().toBuffer()],
    ['a WebP', () => print().webp({ quality: 80 }).toBuffer()],
    ['a WebP without loss', () => print().webp({ lossless: true }).toBuffer()],
    ['a fax: TIFF, CCITT G4', fax],
    ['a CMYK TIFF', () => print().toColourspace('cmyk').tiff({ compression: 'lzw' }).toBuffer()],
    ['a TIFF of 16 bits', () => deep().tiff({ compression: 'deflate' }).toBuffer()],
    ['a TIFF with JPEG in it', () => print().tiff({ compression: 'jpeg' }).toBuffer()],
    ['a TIFF of tiles', () => print().tiff({ tile: true }).toBuffer()],
    ['a TIFF without compression', async () => makeTiff([await pageOf(print())])],
  ];
  for (const [what, make] of cases) {
    test(what, async () => {
      const bytes = await make();
      const [first, ...others] = await read(bytes);
      assert.match(pageText(first?.page.words ?? []), firstLine);
      assert.deepEqual([first?.summary.width, first?.summary.height], [640, 480]);
      assert.equal(others.length, 0);
      if (!what.includes('JPEG')) assert.equal(first?.preview?.contentType, 'image/jpeg');
    });
  }
});

async function fax(): Promise<Buffer> {
  const { data, info } = await print().greyscale().raw().toBuffer({ resolveWithObject: true });
  const image = sharp(data, { raw: { ...info, channels: 1 } }).toColourspace('b-w');
  return image.tiff({ compression: 'ccittfax4', bitdepth: 1 }).toBuffer();
}

describe('a TIFF', () => {
  test('with several pages gives each its words, its size and a picture', async () => {
    const word = sharp(fixture('word.jpg'));
    const small = await pageOf(sharp(fixture('word.jpg')).resize(64), { isThumbnail: true });
    const pages = [await pageOf(word), small, await pageOf(print())];
    const [first, second, ...others] = await read(makeTiff(pages));
    assert.equal(others.length, 0);
    assert.match(pageText(first?.page.words ?? []), /^Tesseract\.js\n/);
    assert.match(pageText(second?.page.words ?? []), firstLine);
    assert.deepEqual([second?.summary.number, second?.summary.width], [2, 640]);
    const shown = await sharp(second?.preview?.bytes).metadata();
    assert.deepEqual([shown.format, shown.width, shown.height], ['jpeg', 640, 480]);
  });

  test('of a fax in standard resolution is stretched to square pixels', async () => {
    const flat = await pageOf(print().resize(640, 240, { fit: 'fill' }), { dpi: [200, 100] });
    const [first] = await read(makeTiff([flat]));
    assert.deepEqual([first?.summary.width, first?.summary.height], [640, 480]);
    assert.match(pageText(first?.page.words ?? []), /This is a lot of 12 point text/);
  });

  test('that lies on its side is turned as its orientation says', async () => {
    const turned = print().rotate(-90).withMetadata({ orientation: 6 });
    const [first] = await read(await turned.tiff().toBuffer());
    assert.deepEqual(
      [first?.summary.angle, first?.summary.width, first?.summary.height],
      [90, 640, 480],
    );
    assert.match(pageText(first?.page.words ?? []), firstLine);
  });

  test('with one bad page loses that page only', async () => {
    const good = await pageOf(print());
    const huge = { width: 100_000, height: 100_000 };
    const odd = { width: 640, height: 480, channels: 60_000 };
    const file = path.join(folder, 'mixed.tif');
    await writeFile(file, makeTiff([good, huge, odd, good]));
    const request = { path: file, options: { language: 'eng', model: 'auto', layout: 'auto' } };
    const seen = await slots.use(
      request as Parameters<Slots['use']>[0],
      { signal: new AbortController().signal },
      async (reading) => {
        const outcomes = [];
        for (let number = 1; number <= reading.pageCount; number++) {
          const outcome = reading
            .readPage(number, () => {})
            .then(
              ({ summary }) => summary.word_count,
              (error: AppError) => error.code,
            );
          outcomes.push(await outcome);
        }
        return outcomes;
      },
    );
    assert.deepEqual(seen, [60, 'page.too_large', 'page.corrupt', 60]);
  });
});

describe('what is refused, each by its name:', () => {
  const dot = { width: 1, height: 1, grey: new Uint8Array([255]) };
  const many = (count: number, page: TiffPage) => makeTiff(new Array<TiffPage>(count).fill(page));
  const cases: [string, string, () => Buffer | Promise<Buffer>][] = [
    ['a TIFF of 100,000 pages', 'file.too_many_pages', () => many(100_000, dot)],
    [
      'a TIFF of 100,000 thumbnails',
      'file.too_many_pages',
      () => many(100_000, { ...dot, isThumbnail: true }),
    ],
    [
      'a TIFF whose pages run in a circle',
      'file.corrupt',
      () => makeTiff([dot, dot], { loop: true }),
    ],
    [
      'a TIFF of four thousand million pixels a side',
      'page.too_large',
      () => makeTiff([{ width: 0xffffffff, height: 0xffffffff }]),
    ],
    [
      'a TIFF that is a large page once its pixels are square',
      'page.too_large',
      () => makeTiff([{ width: 6_000, height: 6_000, dpi: [300, 100] }]),
    ],
    [
      'a TIFF of 60,000 colours',
      'page.corrupt',
      () => makeTiff([{ width: 6_000, height: 6_000, channels: 60_000 }]),
    ],
    ['a TIFF of a thumbnail alone', 'file.empty', () => makeTiff([{ ...dot, isThumbnail: true }])],
    ['a TIFF without pages', 'file.empty', () => Buffer.from('II*\0\0\0\0\0', 'latin1')],
    ['a TIFF of eight bytes', 'file.corrupt', () => Buffer.from('MM\0*\0\0\0\x08', 'latin1')],
    ['a BigTIFF', 'file.unsupported', () => print().tiff({ bigtiff: true }).toBuffer()],
    [
      'a TIFF with half of its pixels',
      'page.corrupt',
      async () => {
        const page = await pageOf(print());
        return makeTiff([{ ...page, grey: page.grey?.subarray(0, 640 * 240) ?? new Uint8Array() }]);
      },
    ],
    [
      'half a fax',
      'file.corrupt',
      async () => {
        const bytes = await fax();
        return bytes.subarray(0, Math.floor(bytes.length / 2));
      },
    ],
    [
      'half a WebP',
      'file.corrupt',
      async () => {
        const bytes = await print().webp().toBuffer();
        return bytes.subarray(0, Math.floor(bytes.length / 2));
      },
    ],
    [
      'a TIFF with a page without a size',
      'file.corrupt',
      () => makeTiff([dot, { width: 0, height: 9 }]),
    ],
    ['a GIF', 'file.unsupported', () => print().gif().toBuffer()],
    ['an AVIF', 'file.unsupported', () => Buffer.from('\0\0\0\x1cftypavif\0\0\0\0', 'latin1')],
  ];
  for (const [what, code, make] of cases) {
    test(`${what}: ${code}`, async () => {
      await assert.rejects(read(await make()), withCode(code));
    });
  }

  test('an HEIC photo, with what to do about it', async () => {
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    await assert.rejects(read(heic), (error: unknown) => {
      assert.ok(error instanceof AppError && error.code === 'file.unsupported');
      assert.match(error.message, /HEIC photos are not read.*Most Compatible.*JPEG/);
      return true;
    });
  });
});
