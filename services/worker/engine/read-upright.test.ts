import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Word } from '#core/domain/pages.ts';
import type { PreparedImage } from '../pages/prepare/prepare.ts';
import type { GreyImage } from './engine.ts';
import { readUpright } from './read-upright.ts';

/** 2 wide; each row has its number. */
const image: GreyImage = {
  width: 2,
  height: 1_000,
  data: Uint8Array.from({ length: 2_000 }, (_none, at) => (at >> 1) % 256),
  dpi: undefined,
};
const prepared: PreparedImage = { image, original: image, turned: 90, back: (point) => point };

/** What is read there; every reading is noted with its rows. */
async function readWith(...confidences: readonly (number | undefined)[]) {
  return readMany(20, ...confidences);
}

async function readMany(count: number, ...confidences: readonly (number | undefined)[]) {
  const rows: number[] = [];
  const outcome = await readUpright(prepared, async ({ height }) => {
    const confidence = confidences[rows.push(height) - 1];
    return confidence === undefined ? [] : Array.from({ length: count }, () => wordOf(confidence));
  });
  return { rows, turned: outcome.prepared.turned, confidence: outcome.words[0]?.confidence };
}

function wordOf(confidence: number): Word {
  return { text: 'word', box: [0, 10, 2, 8], confidence, block: 1, paragraph: 1, line: 1 };
}

test('what is read well, or not there at all, is read once', async () => {
  assert.deepEqual(await readWith(55), { rows: [1_000], turned: 90, confidence: 55 });
  assert.deepEqual(await readWith(undefined), { rows: [1_000], turned: 90, confidence: undefined });
});

test('what is read badly either way costs a strip more', async () => {
  const as = { rows: [1_000, 250], turned: 90, confidence: 40 };
  assert.deepEqual(await readWith(40, 40), as);
  assert.deepEqual(await readWith(40, undefined), as);
});

test('what is read better the other way up is taken so, with its turn', async () => {
  const { rows, turned, confidence } = await readWith(40, 90, 80);
  assert.deepEqual([rows, turned, confidence], [[1_000, 250, 1_000], 270, 80]);
});

test('a strip that deceives changes nothing', async () => {
  assert.deepEqual(await readWith(40, 90, 30), {
    rows: [1_000, 250, 1_000],
    turned: 90,
    confidence: 40,
  });
});

test('few words are doubted sooner, and turned only for what is believed', async () => {
  assert.deepEqual((await readMany(19, 75)).rows, [1_000]);
  const turned = { rows: [1_000, 250, 1_000], turned: 270, confidence: 90 };
  assert.deepEqual(await readMany(19, 69, 90, 90), turned);
  assert.deepEqual(await readMany(19, 69, 74), { rows: [1_000, 250], turned: 90, confidence: 69 });
  assert.deepEqual((await readMany(19, 40, 60, 60)).turned, 270);
});
