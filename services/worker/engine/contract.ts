// What every engine promises to its slot, as tests that each of them runs in real processes.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import sharp from 'sharp';
import { defaultLimits } from '#core/domain/limits.ts';
import { type PageResult, pageText, type Word } from '#core/domain/pages.ts';
import { AppError } from '#core/errors.ts';
import { fixture, fixturePath, printText, scannedPdf } from '../../testing/fixtures.ts';
import {
  openSlots,
  type Reading,
  readPages,
  type SlotsOptions,
  withCode,
} from '../slots/fixture.ts';
import type { Slots } from '../slots/slots.ts';
import type { EngineName } from './engine.ts';

/** `tightBytes` is enough for the engine and a word, and too little for a page. */
export function engineContract(
  name: EngineName,
  { tightBytes }: { readonly tightBytes: number },
): void {
  suite(name, () => {
    let folder = '';
    let slots: Slots;
    const settings = (engineBytes: number): SlotsOptions['settings'] => ({
      engine: name,
      tessdata: undefined,
      cache: path.join(folder, 'models'),
      limits: { ...defaultLimits, engineBytes },
    });
    const open = (changes: Partial<SlotsOptions> = {}) =>
      openSlots(folder, { settings: settings(defaultLimits.engineBytes), ...changes });
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'cricksy-engine-'));
      slots = await open();
    });
    after(async () => {
      await slots.close();
      await rm(folder, { recursive: true });
    });

    const save = async (file: string, bytes: Uint8Array) => {
      await writeFile(path.join(folder, file), bytes);
      return path.join(folder, file);
    };
    const read = async (file: string, options: Reading = {}, by = slots) => {
      const [first] = await readPages(by, file, { model: 'accurate', ...options });
      assert.ok(first);
      return first.page;
    };
    const slowPage = async () =>
      save('slow.jpg', await sharp(fixture('receipt.jpg')).resize(2_600).toBuffer());
    const stillReads = async (one: Slots) => {
      const { words } = await read(fixturePath('word.jpg'), {}, one);
      assert.equal(pageText(words), 'Tesseract.js\n');
    };

    test('says its name, its version and why it was taken', () => {
      assert.equal(slots.engine, name);
      assert.match(slots.version, /^\d+\.\d+\.\d+/);
      assert.equal(slots.reason, 'as configured');
    });

    test('reads clean print letter by letter, each word in its box', async () => {
      const page = await read(fixturePath('print.png'));
      assert.equal(pageText(page.words), printText);
      assert.deepEqual(page.words[0]?.box, [36, 92, 60, 24]);
      assert.deepEqual([page.engine, page.engine_version], [slots.engine, slots.version]);
      assert.equal(page.model, 'accurate');
      assertShape(page);
    });

    test('reads a page whichever way it lies, each word in its box', async () => {
      for (const degrees of [0, 90, 180, 270]) {
        const bytes = await sharp(fixture('print.png')).rotate(degrees).png().toBuffer();
        const page = await read(await save(`turned-${degrees}.png`, bytes));
        assert.equal(pageText(page.words), printText, `${degrees} degrees`);
        assertNear(page.words[0]?.box, turnedBox([36, 92, 60, 24], degrees));
        assert.equal(page.skew, degrees > 180 ? degrees - 360 : degrees);
        assertShape(page);
      }
    });

    test('reads a photo upside down as it reads it upright, and says so', async () => {
      const upright = await read(fixturePath('receipt.jpg'));
      const bytes = await sharp(fixture('receipt.jpg')).rotate(180).png().toBuffer();
      const page = await read(await save('upside-down.png', bytes));
      const texts = new Set(page.words.map(({ text }) => text));
      const found = upright.words.filter(({ text }) => texts.has(text));
      assert.ok(found.length > 0.9 * upright.words.length, `${found.length} words`);
      assert.deepEqual([upright.skew, page.skew], [0, 180]);
    });

    test('reads a photo, a table and a line with the layout that is asked for', async () => {
      for (const layout of ['auto', 'table'] as const) {
        assertShape(await read(fixturePath('scorecard.jpg'), { layout }));
      }
      const line = await read(fixturePath('word.jpg'), { layout: 'line' });
      assert.equal(pageText(line.words), 'Tesseract.js\n');
    });

    test('reads the same image the same, whatever was read before', async () => {
      const first = await read(fixturePath('receipt.jpg'));
      await read(fixturePath('scorecard.jpg'));
      await read(fixturePath('print.png'), { layout: 'table' });
      await readPages(slots, await save('two.pdf', scannedPdf(2)), { model: 'accurate' });
      const again = await read(fixturePath('receipt.jpg'));
      assert.deepEqual(again.words, first.words);
      assert.ok(first.words.length > 30);
    });

    test('tells how far it has come', async () => {
      const percents: number[] = [];
      await read(await slowPage(), { onPercent: (percent) => percents.push(percent) });
      assert.ok(percents.length > 0);
      assert.ok(
        percents.every((percent) => percent >= 0 && percent <= 100),
        percents.join(),
      );
      assert.deepEqual(
        percents,
        percents.toSorted((a, b) => a - b),
      );
    });

    test('finds no words in pictures of a few pixels', async () => {
      for (const [width, height] of [
        [1, 1],
        [2, 900],
        [3, 3],
        [900, 4],
      ] as const) {
        const blank = { width, height, channels: 3 as const, background: '#fff' };
        const bytes = await sharp({ create: blank }).png().toBuffer();
        const page = await read(await save('tiny.png', bytes));
        assert.deepEqual([page.words, page.mean_confidence], [[], null]);
      }
    });

    test('refuses a language that is not installed, by name', async () => {
      for (const model of ['auto', 'fast', 'accurate'] as const) {
        // Tesseract's packages bring osd, which knows letters of all scripts and no words.
        for (const language of ['eng+xyz', 'osd']) {
          await assert.rejects(
            read(fixturePath('word.jpg'), { language, model }),
            withCode('language.unavailable'),
          );
        }
      }
      await stillReads(slots);
    });

    test('is left at once in the middle of a page, and reads the next file', async () => {
      const leave = new AbortController();
      const reading = read(await slowPage(), {
        signal: leave.signal,
        onPercent: () => leave.abort(new AppError('task.cancelled')),
      });
      await assert.rejects(reading, withCode('task.cancelled'));
      await stillReads(slots);
    });

    test('ends at the soft time limit', async (t) => {
      const own = await open({ limits: { softMs: 1, hardMs: 60_000 } });
      t.after(() => own.close());
      await assert.rejects(read(await slowPage(), {}, own), withCode('engine.time_limit'));
    });

    test('fails alone when it needs more memory than it may have', async (t) => {
      const own = await open({ settings: settings(tightBytes) });
      t.after(() => own.close());
      await assert.rejects(read(await slowPage(), {}, own), withCode('engine.crashed'));
      await stillReads(own);
    });

    test('is replaced after its tasks and when it has grown', async (t) => {
      for (const worn of [{ maxTasks: 1 }, { maxResidentBytes: 1 }]) {
        const own = await open(worn);
        t.after(() => own.close());
        await stillReads(own);
        await stillReads(own);
      }
    });
  });
}

/** A box of `print.png`, on a copy that was turned clockwise. */
function turnedBox([left, top, width, height]: Word['box'], degrees: number): Word['box'] {
  const right = 640 - left - width;
  const bottom = 480 - top - height;
  if (degrees === 90) return [bottom, left, height, width];
  if (degrees === 180) return [right, bottom, width, height];
  return degrees === 270 ? [top, right, height, width] : [left, top, width, height];
}

function assertNear(box: Word['box'] | undefined, wanted: Word['box']): void {
  const off = wanted.map((value, index) => Math.abs(value - (box?.[index] ?? Number.NaN)));
  assert.ok(
    off.every((pixels) => pixels <= 3),
    `${box} instead of ${wanted}`,
  );
}

/** Words as everybody expects them: inside the page, with a confidence, counted in reading order. */
function assertShape(page: PageResult): void {
  assert.ok(page.words.length > 0);
  assert.equal(page.word_count, page.words.length);
  for (const { text, box, confidence, block, paragraph, line } of page.words) {
    const [left, top, width, height] = box;
    assert.equal(text, text.trim());
    assert.ok(text.length > 0 && width > 0 && height > 0 && left >= 0 && top >= 0);
    assert.ok(left + width <= page.width && top + height <= page.height, String(box));
    assert.ok(confidence >= 0 && confidence <= 100);
    assert.ok(block >= 1 && paragraph >= 1 && line >= 1);
  }
}
