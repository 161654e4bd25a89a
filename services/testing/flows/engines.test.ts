// The portable engine on the whole road of an upload, and which model reads where one is missing.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { WorkerEntry } from '#core/operation-messages.ts';
import { getJson, resultText, send, until } from '../client.ts';
import { fixture, scannedPdf } from '../fixtures.ts';
import { createSystem, type System } from '../system.ts';

const print = { filename: 'print.png', contentType: 'image/png', bytes: fixture('print.png') };

let system: System;
let api = '';

before(async () => {
  system = await createSystem();
  // A folder of fast models without English.
  const tessdata = path.join(system.folder, 'tessdata');
  await mkdir(tessdata);
  await writeFile(path.join(tessdata, 'xyz.traineddata'), 'no model');
  const [gateway] = await Promise.all([
    system.startGateway(),
    system.startWorker({
      CRICKSY_OCR_ENGINE: 'tesseract-js',
      CRICKSY_TESSDATA_DIR: tessdata,
      CRICKSY_WORKER_SLOTS: '1',
    }),
  ]);
  api = gateway.url;
});
after(() => system.stop());

describe('a worker with the portable engine', () => {
  test('says in the list of workers and in the health what reads, and why', async () => {
    const engine = /^tesseract-js \d+\.\d+\.\d+ \(as configured\)$/;
    const { workers } = await getJson<{ workers: WorkerEntry[] }>(`${api}/api/workers`);
    assert.match(workers[0]?.engine ?? '', engine);
    const health = await getJson<{ workers: { engines: string[] } }>(`${api}/api/health`);
    assert.equal(health.workers.engines.length, 1);
    assert.match(health.workers.engines[0] ?? '', engine);
  });

  test('reads by default with the model that is installed, and records which', async () => {
    const id = await send(api, print);
    const parsed = await until(api, id, 'parsed');
    assert.equal(parsed.options.model, 'auto');
    const { engine, model } = parsed.parsed_preview?.metadata ?? {};
    assert.deepEqual([engine, model], ['tesseract-js', 'accurate']);
    assert.match(await resultText(api, id), /^This is a lot of 12 point text to test the\n/);
  });

  test('reads no page with another model than the one that was asked for', async () => {
    const id = await send(api, { ...print, options: { model: 'fast' } });
    const failed = await until(api, id, 'failed');
    assert.equal(failed.error_code, 'model.unavailable');
    assert.match(failed.error_message ?? '', /no fast model of 'eng' is installed, only accurate/);
  });

  test('reads every page of a scan', async () => {
    const bytes = scannedPdf(2);
    const id = await send(api, { filename: 'two.pdf', contentType: 'application/pdf', bytes });
    const parsed = await until(api, id, 'parsed');
    assert.deepEqual([parsed.pages_done, parsed.pages_failed], [2, 0]);
    assert.equal(parsed.parsed_preview?.metadata.engine, 'tesseract-js');
  });
});
