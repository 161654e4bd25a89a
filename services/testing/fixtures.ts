// Files that tests upload: a few real ones, and made ones that are meant to do harm.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { makePdf } from './pdf.ts';

const folder = path.join(import.meta.dirname, 'fixtures');
export const fixturePath = (name: string): string => path.join(folder, name);
export const fixture = (name: string): Buffer => readFileSync(fixturePath(name));

/** What `print.png` says to every engine with the accurate model, letter by letter. */
export const printText = `This is a lot of 12 point text to test the
ocr code and see if it works on all types
of file format.

The quick brown dog jumped over the
lazy fox. The quick brown dog jumped
over the lazy fox. The quick brown dog
jumped over the lazy fox. The quick
brown dog jumped over the lazy fox.
`;

export const letter = { width: 612, height: 792 };

/** A PNG of that many white pixels in a few kB: what a decoder pays for is not what was sent. */
export function pngBomb(width: number, height: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil(width / 8), 0xff);
  row[0] = 0;
  return png(width, height, Buffer.concat(new Array<Buffer>(height).fill(row)));
}

/** A PNG whose header promises a size that its pixels do not have. */
export function pngPromising(width: number, height: number): Buffer {
  return png(width, height, Buffer.alloc(2));
}

function png(width: number, height: number, pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8); // one bit a pixel, grey
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The first half of a JPEG. */
export function truncated(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

export function emptyPages(count: number): Buffer {
  return makePdf(Array.from({ length: count }, () => letter));
}

/** A scan of `count` pages: a picture of print on each, no text layer. */
export function scannedPdf(count: number): Buffer {
  const jpeg = { bytes: fixture('receipt.jpg'), width: 1080, height: 1527 };
  return makePdf(Array.from({ length: count }, () => ({ width: 324, height: 458, jpeg })));
}
