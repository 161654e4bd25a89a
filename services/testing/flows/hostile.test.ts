// Files that are meant to do harm, through the API: each is refused by name and in words that a
// person understands, costs its own attempt at most, and delays nobody. That the engine itself
// refuses them is shown in worker/slots; here it is what everybody else notices.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLimits } from '#core/domain/limits.ts';
import type { ErrorCode } from '#core/errors.ts';
import {
  detailOf,
  expectProblem,
  initiate,
  post,
  put,
  resultText,
  send,
  until,
} from '../client.ts';
import { emptyPages, fixture, letter, pngBomb, pngPromising, truncated } from '../fixtures.ts';
import { makePdf } from '../pdf.ts';
import { descendantsOf, memoryOf } from '../processes.ts';
import { createSystem, type Running, type System } from '../system.ts';
import { makeTiff } from '../tiff.ts';

interface Hostile {
  readonly what: string;
  readonly contentType: 'image/jpeg' | 'image/png' | 'image/tiff' | 'application/pdf';
  readonly bytes: Buffer;
  readonly code: ErrorCode;
  /** What a person reads. */
  readonly says: RegExp;
}

const png = 'image/png';
const pdf = 'application/pdf';
const dot = { width: 1, height: 1, grey: new Uint8Array([255]) };
/** Refused when they are completed: the first bytes say enough. */
const refused: readonly Hostile[] = [
  {
    what: 'an empty file',
    contentType: png,
    bytes: Buffer.alloc(0),
    code: 'upload.empty',
    says: /empty/,
  },
  {
    what: 'a text file named .png',
    contentType: png,
    bytes: Buffer.from('Extras 12 (b 4, lb 8)'),
    code: 'upload.type_mismatch',
    says: /image\/png was declared/,
  },
];
/** Found out by the engine. */
const failing: readonly Hostile[] = [
  {
    what: 'a TIFF whose pages run in a circle',
    contentType: 'image/tiff',
    bytes: makeTiff([dot, dot], { loop: true }),
    code: 'file.corrupt',
    says: /leads back into itself/,
  },
  {
    what: 'a TIFF of 100,000 pages',
    contentType: 'image/tiff',
    bytes: makeTiff(new Array(100_000).fill(dot)),
    code: 'file.too_many_pages',
    says: /more than 200 pages/,
  },
  {
    what: 'a PNG of 20,000 x 20,000 pixels in a few kB',
    contentType: png,
    bytes: pngBomb(20_000, 20_000),
    code: 'page.too_large',
    says: /20000 x 20000 pixels, 40000000 are allowed/,
  },
  {
    what: 'a PNG whose header names more pixels than there are numbers for',
    contentType: png,
    bytes: pngPromising(0x7fffffff, 0x7fffffff),
    code: 'file.corrupt',
    says: /damaged/,
  },
  {
    what: 'a PNG of 0 x 0 pixels',
    contentType: png,
    bytes: pngPromising(0, 0),
    code: 'file.corrupt',
    says: /damaged/,
  },
  {
    what: 'half a JPEG',
    contentType: 'image/jpeg',
    bytes: truncated(fixture('receipt.jpg')),
    code: 'file.corrupt',
    says: /damaged/,
  },
  {
    what: 'a PDF with a password',
    contentType: pdf,
    bytes: makePdf([letter], { encrypted: true }),
    code: 'file.encrypted',
    says: /password/,
  },
  {
    what: 'a PDF of 10,000 pages',
    contentType: pdf,
    bytes: emptyPages(10_000),
    code: 'file.too_many_pages',
    says: /10000 pages, 200 are allowed/,
  },
  {
    what: 'a small PDF with a page of 100 inches',
    contentType: pdf,
    bytes: makePdf([{ width: 7_200, height: 7_200 }]),
    code: 'page.too_large',
    says: /page 1 is 100 x 100 inches/,
  },
  {
    what: 'a PDF that is none after its first line',
    contentType: pdf,
    bytes: Buffer.from(`%PDF-1.7\n${'nothing '.repeat(99)}`),
    code: 'file.corrupt',
    says: /cannot be parsed/,
  },
];

let system: System;
let api = '';
let worker: Running;
let engines: number[] = [];
/** The most that any engine process had: resident at all, and of memory of its own. */
const peak = { resident: 0, own: 0 };
const watch = new AbortController();
let watching: Promise<void>;

before(async () => {
  system = await createSystem();
  const [gateway, started] = await Promise.all([system.startGateway(), system.startWorker()]);
  api = gateway.url;
  worker = started;
  engines = descendantsOf(worker.pid);
  watching = watchMemory();
});
after(async () => {
  watch.abort();
  await watching;
  await system.stop();
});

async function watchMemory(): Promise<void> {
  for (; !watch.signal.aborted; await sleep(5)) {
    for (const pid of descendantsOf(worker.pid)) {
      peak.resident = Math.max(peak.resident, memoryOf(pid, 'VmHWM'));
      peak.own = Math.max(peak.own, memoryOf(pid, 'RssAnon'));
    }
  }
}

describe('sent all at once, with good ones in between', () => {
  const ids = new Map<Hostile, string>();
  const good: string[] = [];

  before(async () => {
    for (const one of failing) {
      ids.set(one, await send(api, { contentType: one.contentType, bytes: one.bytes }));
      good.push(await send(api, { bytes: fixture('receipt.jpg') }));
    }
  });

  for (const one of failing) {
    test(`${one.what}: ${one.code}`, async () => {
      const failed = await until(api, ids.get(one) ?? '', 'failed');
      assert.equal(failed.error_code, one.code);
      assert.match(failed.error_message ?? '', one.says);
      assert.doesNotMatch(failed.error_message ?? '', /\n|vips|undefined| at /i);
      const { attempts_log } = await detailOf(api, failed.upload_id);
      assert.equal(attempts_log.length, 1, 'it is not tried again');
    });
  }

  for (const { what, contentType, bytes, code, says } of refused) {
    test(`${what}: ${code}`, async () => {
      const { upload_id, presigned_url } = await initiate(api, { contentType });
      await put(presigned_url, bytes, contentType);
      const completed = post(`${api}/api/uploads/${upload_id}/complete`);
      const problem = await expectProblem(completed, 422, code);
      assert.match(`${problem.title}. ${problem.detail}`, says);
    });
  }

  test('the good ones are read', async () => {
    for (const id of good) {
      await until(api, id, 'parsed');
      assert.match(await resultText(api, id), /Triple Six Point Enterprise/);
    }
  });

  test('no engine process died, nor had more memory than it may', () => {
    assert.deepEqual(descendantsOf(worker.pid), engines);
    assert.ok(peak.own > 0 && peak.own < defaultLimits.engineBytes, `${peak.own} bytes`);
    assert.ok(peak.resident < defaultLimits.engineBytes, `${peak.resident} bytes`);
  });
});
