import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { runOn, xpath } from '../../../testing/tools.ts';
import { toAlto } from './alto.ts';
import { page, resultOf, word } from './fixture.ts';

const schema = path.join(import.meta.dirname, 'alto.rng');
const named = (name: string) => `//*[local-name()="${name}"]`;

/** Rejects when the text is not what the schema of ALTO allows. */
function validate(alto: string): Promise<string> {
  return runOn(alto, 'xmllint', ['--nonet', '--noout', '--relaxng', schema, 'FILE']);
}

describe('ALTO', () => {
  const words = [
    word('Fall', [10, 20, 40, 12]),
    word('of', [55, 21.5, 15, 10]),
    word('wickets', [10, 50, 80, 14], { line: 2, confidence: 100 }),
    word('1-12', [300, 400, 44, 12], { block: 2, confidence: 0 }),
  ];
  const alto = toAlto(
    resultOf([
      page(words),
      page([], { number: 2 }),
      page([word('total', [1, 2, 3, 4])], { number: 3, engine: 'pdfium', engine_version: '' }),
    ]),
  );

  test('is what its schema allows', async () => {
    await validate(alto);
    await assert.rejects(validate(alto.replace('CONTENT="of"', '')), /CONTENT|String/);
  });

  test('holds words with their place, their confidence as a share, and spaces between', async () => {
    const of = `${named('String')}[@CONTENT="of"]`;
    const places = ['HPOS', 'VPOS', 'WIDTH', 'HEIGHT', 'WC'].map((name) =>
      xpath(alto, `string(${of}/@${name})`),
    );
    assert.deepEqual(await Promise.all(places), ['55', '21.5', '15', '10', '0.875']);
    assert.equal(await xpath(alto, `count(${named('SP')})`), '1');
    assert.equal(await xpath(alto, `string(${named('SP')}/@WIDTH)`), '5');
    assert.equal(await xpath(alto, `string((${named('TextBlock')})[1]/@HEIGHT)`), '44');
  });

  test('says for each page what read it', async () => {
    const software = `string(${named('Processing')}[@ID=${named('Page')}[3]/@PROCESSINGREFS]//*[local-name()="softwareName"])`;
    assert.equal(await xpath(alto, software), 'pdfium');
    assert.equal(await xpath(alto, `count(${named('Processing')})`), '2');
  });

  test('stays valid whatever was read and whatever the file is called', async () => {
    const text = '<b> & "q" \u0000\u001b\ufffe\ud800 कप्तान 🏏';
    const hostile = toAlto(
      resultOf([page([word(text, [1, 2, 3, 4])])], { filename: 'a"><script>&.jpg' }),
    );
    await validate(hostile);
    assert.equal(
      await xpath(hostile, `string(${named('String')}/@CONTENT)`),
      '<b> & "q" \ufffd कप्तान 🏏',
    );
  });
});
