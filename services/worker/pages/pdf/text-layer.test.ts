import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { defaultLimits } from '#core/domain/limits.ts';
import { pageText, type Word } from '#core/domain/pages.ts';
import { fixture, letter } from '../../../testing/fixtures.ts';
import { makePdf, type PdfPage } from '../../../testing/pdf.ts';
import { openPdf } from './document.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-pdf-'));
});
after(() => rm(folder, { recursive: true }));

/** The words that are taken from the page itself; undefined: it has to be recognised. */
async function carried(page: Partial<PdfPage>): Promise<string[] | undefined> {
  return (await layerOf(page))?.map(({ text }) => text);
}

async function layerOf(page: Partial<PdfPage>): Promise<Word[] | undefined> {
  const file = path.join(folder, 'page.pdf');
  await writeFile(file, makePdf([{ ...letter, ...page }]));
  const source = await openPdf(file, defaultLimits);
  try {
    const opened = await source.openPage(1);
    const words = await opened.textLayer();
    opened.close();
    return words;
  } finally {
    source.close();
  }
}

const line = 'Total 254 for seven';
const words = line.split(' ');
const picture = (share: number) => ({
  bytes: fixture('receipt.jpg'),
  width: 1080,
  height: 1527,
  share,
});

describe('a page is taken at its word', () => {
  test('when what is seen is text', async () => {
    assert.deepEqual(await carried({ lines: [line] }), words);
  });

  test('not when more of its text is invisible than visible, however small its picture is', async () => {
    const jpeg = picture(0.1);
    assert.equal(await carried({ invisible: [line], jpeg }), undefined);
    assert.equal(await carried({ lines: [line], invisible: [line, line], jpeg }), undefined);
    assert.deepEqual(await carried({ lines: [line], invisible: [line], jpeg }), [
      ...words,
      ...words,
    ]);
    assert.equal((await carried({ lines: [line, line], invisible: [line], jpeg }))?.length, 12);
  });

  test('when a picture covers less than a quarter of it', async () => {
    assert.deepEqual(await carried({ lines: [line], jpeg: picture(0.49) }), words);
    assert.equal(await carried({ lines: [line], jpeg: picture(0.51) }), undefined);
  });

  test('when nine of ten letters are letters, and not private to a font', async () => {
    assert.equal(await carried({ unmapped: [line] }), undefined);
    const eighteen = 'abcdefghi jklmnopqr';
    assert.equal((await carried({ lines: [eighteen], unmapped: ['st'] }))?.length, 3);
    assert.equal(await carried({ lines: [eighteen], unmapped: ['stu'] }), undefined);
  });

  test('when its text lies on the page: what lies outside is neither read nor counted', async () => {
    assert.equal(await carried({ outside: [line], jpeg: picture(0.1) }), undefined);
    assert.equal(await carried({ lines: ['Page 12'], outside: [line, line] }), undefined);
    assert.deepEqual(await carried({ lines: [line], outside: [line, line] }), words);
  });

  test('when it is more than a page number or a stamp', async () => {
    assert.equal(await carried({ lines: ['Page 12 of 30 pages'] }), undefined);
    assert.equal((await carried({ lines: ['sixteen letters in'] }))?.length, 3);
  });
});

test('a row of a table is a line, also when its first cell is one letter', async () => {
  const rows = ['0', '1', '2'].map((number) => [number, 'Sachin', '45']);
  const text = pageText((await layerOf({ rows })) ?? []);
  assert.equal(text.replaceAll(/\n+/g, '\n'), '0 Sachin 45\n1 Sachin 45\n2 Sachin 45\n');
});
