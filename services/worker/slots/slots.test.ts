import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setImmediate as afterPoll, setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { defaultReadOptions } from '#core/domain/options.ts';
import { pageText } from '#core/domain/pages.ts';
import { AppError } from '#core/errors.ts';
import {
  emptyPages,
  fixture,
  fixturePath,
  letter,
  pngBomb,
  scannedPdf,
  truncated,
} from '../../testing/fixtures.ts';
import { makePdf } from '../../testing/pdf.ts';
import { openSlots, type Reading, readPages, type SlotsOptions, withCode } from './fixture.ts';
import type { EngineEnd } from './slot.ts';
import type { Slots } from './slots.ts';

let folder = '';
let shared: Slots;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-slots-'));
  shared = await openSlots(folder);
});
after(async () => {
  await shared.close();
  await rm(folder, { recursive: true });
});

/** One slot of a test's own, closed after it. `pid` tells its engine process at the moment. */
async function own(t: TestContext, changes: Partial<SlotsOptions> = {}) {
  const mark = randomUUID();
  const environment = { OMP_THREAD_LIMIT: '1', TEST_MARK: mark };
  const ended: EngineEnd[] = [];
  const onEngineEnd = (why: EngineEnd) => void ended.push(why);
  const slots = await openSlots(folder, { environment, onEngineEnd, ...changes });
  t.after(() => slots.close());
  const pid = () => {
    const [found] = enginePids().filter((one) => ofProcess(one, 'environ').includes(mark));
    assert.ok(found, 'there is an engine process');
    return found;
  };
  return { slots, pid, ended };
}

/** It neither answers nor stops from now on; only SIGKILL ends it. */
function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP');
}

/** Nothing is heard meanwhile, as on a busy machine, and no processor is taken from the engine. */
function hearNothingFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function save(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
}

function read(file: string, { slots = shared, ...changes }: Reading & { slots?: Slots } = {}) {
  return readPages(slots, file, changes);
}

async function textOf(file: string, changes: Parameters<typeof read>[1] = {}): Promise<string> {
  const pages = await read(file, changes);
  return pages.map(({ page }) => pageText(page.words)).join('\f');
}

/** The children of ours that run an engine. */
function enginePids(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  const pids = children.split(' ').filter(Boolean).map(Number);
  return pids.filter((pid) => ofProcess(pid, 'cmdline').includes('engine/main'));
}

/** Empty when the process is gone. */
function ofProcess(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

async function assertReads(slots: Slots): Promise<void> {
  assert.equal((await textOf(fixturePath('word.jpg'), { slots })).trim(), 'Tesseract.js');
}

describe('what is read', () => {
  test('a PNG, with a box and a confidence for every word', async () => {
    const [first] = await read(fixturePath('print.png'));
    assert.ok(first);
    assert.match(
      pageText(first.page.words),
      /^This is a lot of 12 point text to test the\nocr code/,
    );
    assert.equal(first.summary.word_count, 60);
    assert.equal(first.page.words[0]?.text, 'This');
    for (const { box, confidence } of first.page.words) {
      const [left, top, width, height] = box;
      assert.ok(left >= 0 && top >= 0 && width > 0 && height > 0);
      assert.ok(left + width <= first.summary.width && top + height <= first.summary.height);
      assert.ok(confidence > 0 && confidence <= 100);
    }
    assert.equal(first.preview?.contentType, 'image/jpeg');
    assert.ok((first.summary.stages.recognise?.cpu_ms ?? 0) > 0);
  });

  test('a JPEG of a scorecard', async () => {
    assert.match(await textOf(fixturePath('scorecard.jpg')), /\d/);
    assert.match(await textOf(fixturePath('receipt.jpg')), /Triple Six Point Enterprise/);
  });

  test('a JPEG, which is its own picture', async () => {
    const [first] = await read(fixturePath('receipt.jpg'));
    assert.equal(first?.preview, undefined);
    assert.deepEqual(first?.summary.picture, {
      from: 'original',
      width: 1080,
      height: 1527,
      colours: 3,
      orientation: 1,
    });
  });

  test('a picture turned by EXIF, upright and with boxes of the upright page', async () => {
    const image = sharp(fixture('print.png'));
    const turned = await image.rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const [first] = await read(await save('turned.jpg', turned));
    assert.match(pageText(first?.page.words ?? []), /This is a lot of 12 point text/);
    assert.deepEqual(
      [first?.summary.angle, first?.summary.width, first?.summary.height],
      [90, 640, 480],
    );
  });

  test('black letters on a transparent ground', async () => {
    const letters = await sharp(fixture('print.png'))
      .negate({ alpha: false })
      .greyscale()
      .toBuffer();
    const black = { create: { width: 640, height: 480, channels: 3 as const, background: '#000' } };
    const picture = await sharp(black).joinChannel(letters).png().toBuffer();
    assert.match(await textOf(await save('alpha.png', picture)), /This is a lot of 12 point text/);
  });

  test('a very large picture in less than its pixels, with boxes in its own', async () => {
    const large = await sharp(fixture('print.png')).resize(5_600).png().toBuffer();
    const [first] = await read(await save('large.png', large));
    assert.match(pageText(first?.page.words ?? []), /quick brown dog/);
    assert.ok(first?.page.words.some(({ box }) => box[0] > 4_000));
    assert.equal(first?.preview?.contentType, 'image/jpeg');
  });

  test('a PDF with real text, from its text and in milliseconds', async () => {
    const [first] = await read(fixturePath('scorecard.pdf'));
    assert.equal(first?.summary.source, 'text-layer');
    assert.equal(first?.summary.stages.recognise, undefined);
    assert.match(pageText(first?.page.words ?? []), /Africa XI v Asia XI/);
    assert.ok((first?.preview?.bytes.length ?? 0) > 10_000);
  });

  test('words of a text layer where they are on the page, also when it is turned', async () => {
    const lines = ['Total 254 for 7 declared, 68.3 overs'];
    const upright = makePdf([{ ...letter, lines }]);
    const turned = makePdf([{ ...letter, lines, rotate: 90 }]);
    const boxOf = async (bytes: Buffer, name: string) => {
      const [first] = await read(await save(name, bytes));
      return { box: first?.page.words[0]?.box ?? [0, 0, 0, 0], summary: first?.summary };
    };
    const { box, summary } = await boxOf(upright, 'upright.pdf');
    assert.equal(summary?.width, 2_550);
    // 50 points from the left and 60 from the top, at 300 dots an inch; the letters stand on that line.
    assert.ok(Math.abs(box[0] - 208) < 10 && Math.abs(box[1] + box[3] - 250) < 15, String(box));
    const other = await boxOf(turned, 'sideways.pdf');
    assert.equal(other.summary?.angle, 90);
    assert.equal(other.summary?.width, 3_300);
    assert.ok(other.box[0] > 3_000 && other.box[3] > other.box[2], String(other.box));
  });

  test('a scan in a PDF by recognition, although a text lies under it', async () => {
    const jpeg = { bytes: fixture('receipt.jpg'), width: 1080, height: 1527 };
    const page = { width: 324, height: 458, jpeg, lines: ['some text that a scanner has guessed'] };
    const [first] = await read(await save('scan.pdf', makePdf([page])));
    assert.equal(first?.summary.source, 'ocr');
    assert.match(pageText(first?.page.words ?? []), /Triple Six Point Enterprise/);
  });

  test('an empty page and a picture of one pixel as no words', async () => {
    const dot = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    for (const file of [await save('white.pdf', emptyPages(1)), await save('dot.png', dot)]) {
      const [first] = await read(file);
      assert.deepEqual([first?.summary.word_count, first?.summary.mean_confidence], [0, null]);
    }
  });

  test('with the accurate model and as a single line when asked to', async () => {
    const [accurate] = await read(fixturePath('print.png'), { model: 'accurate' });
    assert.equal(accurate?.summary.model, 'accurate');
    assert.match(pageText(accurate?.page.words ?? []), /12 point text/);
    assert.equal(
      (await textOf(fixturePath('word.jpg'), { layout: 'line' })).trim(),
      'Tesseract.js',
    );
  });

  test('the same bytes with the same result, whatever was read before', async () => {
    const first = await textOf(fixturePath('receipt.jpg'));
    await read(fixturePath('print.png'));
    await read(await save('two.pdf', scannedPdf(2)));
    assert.equal(await textOf(fixturePath('receipt.jpg')), first);
  });
});

describe('what is refused, each by its name', () => {
  const cases: [string, string, () => Buffer | Promise<Buffer>][] = [
    ['an empty file', 'file.empty', () => Buffer.alloc(0)],
    ['a text file named .png', 'file.unsupported', () => Buffer.from('Extras 12 (b 4, lb 8)')],
    ['half a JPEG', 'file.corrupt', () => truncated(fixture('receipt.jpg'))],
    ['half a PNG', 'file.corrupt', () => truncated(fixture('print.png'))],
    [
      'a JPEG of noise',
      'file.corrupt',
      () => Buffer.concat([Buffer.from([255, 216, 255]), Buffer.alloc(999, 7)]),
    ],
    ['a bomb of 400 megapixels', 'page.too_large', () => pngBomb(20_000, 20_000)],
    ['a PDF of noise', 'file.corrupt', () => Buffer.from(`%PDF-1.7\n${'nothing '.repeat(99)}`)],
    ['half a PDF', 'file.corrupt', () => Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Catalog')],
    ['a PDF with a password', 'file.encrypted', () => makePdf([letter], { encrypted: true })],
    ['a PDF without pages', 'file.empty', () => emptyPages(0)],
    ['a PDF of 10,000 pages', 'file.too_many_pages', () => emptyPages(10_000)],
    [
      'a small PDF with a page of 100 inches',
      'page.too_large',
      () => makePdf([{ width: 7_200, height: 7_200 }]),
    ],
  ];
  for (const [what, code, make] of cases) {
    test(`${what}: ${code}`, async () => {
      await assert.rejects(read(await save('hostile', await make())), withCode(code));
      await assertReads(shared);
    });
  }

  test('a language that is not installed', async () => {
    await assert.rejects(
      read(fixturePath('word.jpg'), { language: 'eng+xyz' }),
      withCode('language.unavailable'),
    );
  });

  test('a bad page fails, the pages around it are read', async () => {
    const huge = { width: 7_200, height: 7_200 };
    const line = { ...letter, lines: ['Fall of wickets 1-12, 2-47, 3-90'] };
    const file = await save('mixed.pdf', makePdf([line, huge, line]));
    const seen = await shared.use(
      { path: file, options: defaultReadOptions },
      { signal: new AbortController().signal },
      async (reading) => {
        const outcomes = [];
        for (let number = 1; number <= reading.pageCount; number++) {
          outcomes.push(
            await reading
              .readPage(number, () => {})
              .then(
                ({ summary }) => summary.source,
                (error: AppError) => error.code,
              ),
          );
        }
        return outcomes;
      },
    );
    assert.deepEqual(seen, ['text-layer', 'page.too_large', 'text-layer']);
  });
});

describe('an engine process', () => {
  const { signal } = new AbortController();
  const request = (file: string) => ({ path: file, options: defaultReadOptions });
  /** Many seconds of work, whatever the machine. */
  const longFile = () => save('long.pdf', scannedPdf(40));

  test('is left at once when the signal fires, and reads the next file', async (t) => {
    const { slots, pid, ended } = await own(t);
    const leave = new AbortController();
    const file = await longFile();
    freeze(pid());
    const reading = read(file, { slots, signal: leave.signal });
    await sleep(50);
    leave.abort(new AppError('task.cancelled'));
    await assert.rejects(reading, withCode('task.cancelled'));
    await assertReads(slots);
    assert.deepEqual(ended, ['cancelled']);
  });

  test('is stopped at the soft time limit and goes on with the next file', async (t) => {
    const { slots } = await own(t, { limits: { softMs: 1_000, hardMs: 60_000 } });
    await assert.rejects(read(await longFile(), { slots }), withCode('engine.time_limit'));
    await assertReads(slots);
  });

  test('that does not stop is killed soon after the soft limit', async (t) => {
    const { slots, pid, ended } = await own(t, { limits: { softMs: 50, hardMs: 600_000 } });
    const file = await longFile();
    const before = pid();
    freeze(before);
    await assert.rejects(read(file, { slots }), withCode('engine.time_limit'));
    await slots.use(request(file), { signal, timeLimitMs: 60_000 }, async () => {});
    assert.notEqual(pid(), before);
    assert.deepEqual(ended, ['time_limit']);
  });

  test('is killed at the hard limit, whatever the soft one', async (t) => {
    const { slots, pid } = await own(t, { limits: { softMs: 600_000, hardMs: 50 } });
    const file = await longFile();
    freeze(pid());
    await assert.rejects(read(file, { slots }), withCode('engine.time_limit'));
    // More time for one file is more time, also where the usual limits are odd.
    await slots.use(request(file), { signal, timeLimitMs: 60_000 }, async () => {});
  });

  test('that is killed costs its task only', async (t) => {
    const { slots, pid, ended } = await own(t);
    const reading = read(await longFile(), {
      slots,
      onPercent: () => process.kill(pid(), 'SIGKILL'),
    });
    await assert.rejects(reading, withCode('engine.crashed'));
    await assertReads(slots);
    assert.deepEqual(ended, ['crashed']);
  });

  test('that does not close its file is replaced, which no task pays for', async (t) => {
    const { slots, pid, ended } = await own(t);
    const before = pid();
    await slots.use(request(fixturePath('word.jpg')), { signal }, async () => freeze(before));
    await assertReads(slots);
    assert.notEqual(pid(), before);
    assert.deepEqual(ended, ['unclosed']);
  });

  test('that closed its file in time goes on, however late it is heard', async (t) => {
    const { slots, pid } = await own(t);
    const before = pid();
    await assertReads(slots);
    await afterPoll(); // the loop goes on with its timers
    hearNothingFor(3_000);
    await assertReads(slots);
    assert.equal(pid(), before);
  });

  test('that needs more memory than it may have fails alone', async (t) => {
    const settings = {
      engine: 'auto' as const,
      tessdata: undefined,
      cache: path.join(folder, 'models'),
      limits: { engineBytes: 160 * 1024 * 1024, pagePixels: 40_000_000, pages: 200 },
    };
    const { slots } = await own(t, { settings });
    const noise = { mean: 128, sigma: 60, type: 'gaussian' as const };
    const large = await sharp({
      create: { width: 5_500, height: 7_000, channels: 3, background: '#fff', noise },
    })
      .rotate(90)
      .withMetadata({ orientation: 6 })
      .png({ compressionLevel: 1 })
      .toBuffer();
    await assert.rejects(
      read(await save('heavy.png', large), { slots }),
      withCode('engine.crashed'),
    );
    await assertReads(slots);
  });

  test('is replaced after its number of tasks', async (t) => {
    const { slots, pid, ended } = await own(t, { maxTasks: 2 });
    const before = pid();
    await assertReads(slots);
    await assertReads(slots);
    await assertReads(slots);
    assert.notEqual(pid(), before);
    assert.deepEqual(ended, ['tasks']);
  });

  test('has no environment but what it was given', () => {
    const [pid] = enginePids();
    assert.ok(pid);
    const environment = ofProcess(pid, 'environ').split('\0');
    const names = environment.map((entry) => entry.split('=')[0]).filter(Boolean);
    assert.deepEqual(
      names.filter((name) => name?.startsWith('CRICKSY') || name === 'DATABASE_URL'),
      [],
    );
    assert.ok(names.includes('OMP_THREAD_LIMIT'));
  });

  test('that cannot be had is said in one line, with what to install', async () => {
    const settings = {
      engine: 'auto' as const,
      tessdata: path.join(folder, 'nothing'),
      cache: folder,
      limits: { engineBytes: 1, pagePixels: 1, pages: 1 },
    };
    await assert.rejects(openSlots(folder, { settings }), (error: unknown) => {
      assert.ok(withCode('engine.unavailable')(error));
      assert.match((error as Error).message, /^no Tesseract models in .*: (apt-get|brew) install /);
      return true;
    });
  });

  test('that lacks a language which has to be there does not start, and names it', async () => {
    const settings = {
      engine: 'auto' as const,
      tessdata: undefined,
      languages: ['eng', 'xyz'],
      cache: folder,
      limits: { engineBytes: 1024 ** 3, pagePixels: 1, pages: 1 },
    };
    await assert.rejects(openSlots(folder, { settings }), (error: unknown) => {
      assert.ok(withCode('engine.unavailable')(error));
      assert.match((error as Error).message, /^no model of 'xyz'/);
      return true;
    });
  });
});
