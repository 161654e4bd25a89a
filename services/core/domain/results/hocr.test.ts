import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { xpath } from '../../../testing/tools.ts';
import { page, resultOf, word } from './fixture.ts';
import { toHocr } from './hocr.ts';

const at = (classes: string) => `//*[@class="${classes}"]`;

describe('hOCR', () => {
  const words = [
    word('Fall', [10, 20, 40, 12]),
    word('of', [55, 21, 15, 10]),
    word('wickets', [10, 50, 80, 14], { line: 2 }),
    word('1-12', [300, 400, 44, 12], { block: 2 }),
  ];
  const hocr = toHocr(resultOf([page(words), page([], { number: 3, width: 50.4 })]));

  test('is XHTML with pages, areas, paragraphs, lines and words, each with its box', async () => {
    const title = (expression: string) => xpath(hocr, `string(${expression}/@title)`);
    assert.equal(await title(at('ocr_page')), 'image "card.jpg"; bbox 0 0 600 800; ppageno 0');
    assert.equal(await title(`${at('ocr_carea')}[1]`), 'bbox 10 20 90 64');
    assert.equal(await title(`(${at('ocr_line')})[1]`), 'bbox 10 20 70 32');
    assert.equal(await title(`(${at('ocrx_word')})[2]`), 'bbox 55 21 70 31; x_wconf 88');
    assert.equal(await xpath(hocr, `count(${at('ocr_line')})`), '3');
    assert.equal(await xpath(hocr, `normalize-space((${at('ocr_par')})[1])`), 'Fall of wickets');
  });

  test('announces what it holds and names every element once', async () => {
    const capabilities = await xpath(hocr, 'string(//*[@name="ocr-capabilities"]/@content)');
    const used = new Set([...hocr.matchAll(/class="(\w+)"/g)].map(([, name]) => name));
    for (const name of used) assert.ok(capabilities.split(' ').includes(name ?? ''), name);
    assert.equal(await xpath(hocr, 'string(//*[@name="ocr-number-of-pages"]/@content)'), '2');
    const ids = [...hocr.matchAll(/id="(\w+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  test('stays well-formed whatever was read and whatever the file is called', async () => {
    const text = '<b> & "q" \u0000\u001b\ufffe\ud800 कप्तान 🏏';
    const hostile = toHocr(
      resultOf([page([word(text, [1, 2, 3, 4])])], { filename: 'a"><script>&.jpg' }),
    );
    assert.equal(await xpath(hostile, `string(${at('ocrx_word')})`), '<b> & "q" \ufffd कप्तान 🏏');
    assert.equal(await xpath(hostile, 'count(//*[local-name()="script"])'), '0');
    const title = await xpath(hostile, `string(${at('ocr_page')}/@title)`);
    assert.match(title, /^image "a'><script>&\.jpg"; bbox/);
  });
});
