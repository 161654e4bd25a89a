import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import sharp from 'sharp';
import { defaultReadOptions } from '#core/domain/options.ts';
import type { Word } from '#core/domain/pages.ts';
import { fixturePath } from '../../../testing/fixtures.ts';
import type { GreyImage } from '../../engine/engine.ts';
import { openLibtesseract } from '../../engine/libtesseract/recogniser.ts';
import { boxBack } from './box.ts';
import { prepareImage } from './prepare.ts';
import { rotate } from './rotate.ts';
import { findSkew } from './skew.ts';
import { turn } from './turn.ts';

const recogniser = openLibtesseract({
  tessdata: undefined,
  cache: path.join(tmpdir(), 'cricksy-ocr-models'),
});
let print: GreyImage;
let words: readonly Word[];

before(async () => {
  print = await load('print.png');
  words = await recognise(print);
  assert.ok(words.length > 40);
});

describe('prepared before it is recognised', () => {
  test('a page that lies askew gives the same words where they are on the page', async () => {
    for (const degrees of [-4, 3]) {
      const { image, back } = rotate(print, degrees);
      const prepared = await prepareImage(image);
      assert.ok(Math.abs(prepared.turned + degrees) < 0.3, `${prepared.turned} for ${degrees}`);
      const found = await recognise(prepared.image);
      assert.ok(shared(found) > 0.9);
      const first = found.find(({ text }) => text === words[0]?.text);
      assert.ok(first && words[0]);
      const [left, top, width, height] = boxBack(first.box, prepared);
      // The middle of the box on the askew page, on the straight one.
      const [x, y] = back([left + width / 2, top + height / 2]);
      const [trueLeft, trueTop, trueWidth, trueHeight] = words[0].box;
      assert.ok(Math.abs(x - trueLeft - trueWidth / 2) < 6);
      assert.ok(Math.abs(y - trueTop - trueHeight / 2) < 6);
    }
  });

  test('light print on a dark screen becomes dark print', async () => {
    const screen = change(print, (value) => 255 - 0.9 * value);
    const { image } = await prepareImage(screen);
    assert.ok(median(image.data) > 200);
    assert.ok(shared(await recognise(image)) > 0.95);
  });

  test('paper in the shade on a dark desk is read like paper in the light', async () => {
    const photo = photograph(print);
    const { image } = await prepareImage(photo);
    assert.equal(image.grainy, true);
    assert.ok(shared(await recognise(image)) > 0.9);
  });

  test('a ruled form is read without its rules', async () => {
    const form = ruled(print);
    const { image } = await prepareImage(form);
    assert.equal(image.ruled, true);
    const isRule = (value: number) => value > 50 && value < 70;
    assert.ok(form.data.filter(isRule).length > 5_000);
    assert.ok(image.data.filter(isRule).length < 500);
    assert.ok(shared(await recognise(image)) > 0.8);
  });

  test('a page on its side is turned, and its points are where they were', async () => {
    const receipt = await load('receipt.jpg');
    const { width, height } = receipt;
    for (const quarters of [1, 3] as const) {
      const lying = turn(receipt, quarters);
      const prepared = await prepareImage(lying.image);
      assert.deepEqual([prepared.turned, prepared.image.width], [90, width]);
      const there = lying.back(prepared.back([100, 30]));
      assert.deepEqual(there, quarters === 3 ? [100, 30] : [width - 100, height - 30]);
      const upright = quarters === 3 ? prepared.image : turn(prepared.image, 2).image;
      assert.ok(Buffer.from(receipt.data).equals(upright.data));
    }
    assert.equal((await prepareImage(receipt)).turned, 0);
  });

  test('a clean page, an empty one and a tiny one are left as they are', async () => {
    const empty = { ...print, data: new Uint8Array(print.data.length).fill(255) };
    const tiny = { width: 1, height: 1, data: new Uint8Array(1), dpi: undefined };
    for (const image of [print, empty]) assert.equal((await prepareImage(image)).image, image);
    assert.equal((await prepareImage(tiny)).turned, 0);
  });
});

test('the skew of a page is found to a fifth of a degree, and none in noise', async () => {
  for (const degrees of [-6, -1, 0.5, 2]) {
    const found = await findSkew(rotate(print, degrees).image);
    assert.ok(Math.abs(found - degrees) <= 0.2, `${found} for ${degrees}`);
  }
  const random = noise();
  assert.equal(await findSkew(change(print, () => 255 * random())), 0);
});

async function load(name: string): Promise<GreyImage> {
  const { data, info } = await sharp(fixturePath(name))
    .flatten({ background: '#fff' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, dpi: undefined };
}

async function recognise(image: GreyImage): Promise<Word[]> {
  const watch = { signal: new AbortController().signal, onPercent() {} };
  return recogniser.recognise(image, { ...defaultReadOptions, model: 'fast' }, watch);
}

/** The share of the words of the clean page that were found. */
function shared(found: readonly Word[]): number {
  const texts = new Set(found.map(({ text }) => text));
  return words.filter(({ text }) => texts.has(text)).length / words.length;
}

function change(image: GreyImage, value: (old: number, x: number, y: number) => number): GreyImage {
  const data = image.data.map((old, at) =>
    value(old, at % image.width, Math.floor(at / image.width)),
  );
  return { ...image, data };
}

/** On a desk, lit from the upper left, with the grain of a sensor. */
function photograph(image: GreyImage): GreyImage {
  const border = 60;
  const width = image.width + 2 * border;
  const height = image.height + 2 * border;
  const random = noise();
  const blank = { ...image, width, height, data: new Uint8Array(width * height) };
  return change(blank, (_old, x, y) => {
    const light = 1 - 0.85 * ((x + y) / (width + height));
    const inside = x >= border && y >= border && x < width - border && y < height - border;
    const paper = inside ? (image.data[(y - border) * image.width + x - border] ?? 0) : 30;
    return light * (60 + 0.7 * paper) + 4 * random();
  });
}

/** A grid over the whole page: between its lines of print, and through some of its words. */
function ruled(image: GreyImage): GreyImage {
  const rows = new Set<number>();
  const columns = new Set<number>();
  const isFree = (y: number) =>
    image.data.subarray(y * image.width, (y + 2) * image.width).every((value) => value > 200);
  for (let y = 2, last = -30; y < image.height - 4; y++) {
    const inGap = isFree(y - 2) && isFree(y) && isFree(y + 2);
    if (!inGap || y - last < 20) continue;
    rows.add(y).add(y + 1);
    last = y;
  }
  for (let x = 10; x < image.width; x += 100) columns.add(x).add(x + 1);
  return change(image, (old, x, y) => (rows.has(y) || columns.has(x) ? 60 : old));
}

function median(data: Uint8Array): number {
  return data.toSorted()[data.length >> 1] ?? 0;
}

/** The same numbers in [0, 1) every time. */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
