// What running processes say of themselves, beside docs/metrics.md.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createMetrics } from '#core/metrics.ts';
import { openFilesystem } from '#core/objects/filesystem.ts';
import { controllerMetrics } from '../../controller/metrics.ts';
import { storeBackup } from '../../setup/backup.ts';
import { eventually, expectProblem, post, send, until } from '../client.ts';
import { fixture, fixturePath, truncated } from '../fixtures.ts';
import { type Exposition, parseExposition, partsOf, scrape } from '../metrics.ts';
import { steadyPort } from '../port.ts';
import { startProxy, targetOf, through } from '../proxy.ts';
import { createSystem, type Running, type System } from '../system.ts';

interface Described {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly services: readonly string[];
  readonly elected: boolean;
}

/** The rows of the tables: name, type, labels, unit, service, meaning. */
function describedMetrics(): Described[] {
  const text = readFileSync(path.join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, name = '', type = '', labels = '', , service = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    if (!/^`cricksy_ocr_\w+`$/.test(name)) return [];
    return {
      name: name.slice(1, -1),
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''),
      services: ['gateway', 'worker', 'controller'].filter((one) => service.includes(one)),
      elected: service.includes('elected'),
    };
  });
}

const described = describedMetrics();
const namesOf = (service: string) =>
  new Set(described.filter((one) => one.services.includes(service)).map(({ name }) => name));

let system: System;
let gateways: Running[];
let workerUrl: string;
before(async () => {
  system = await createSystem();
  const port = await steadyPort();
  const internal = { CRICKSY_INTERNAL_PORT: String(port), CRICKSY_INTERNAL_HOST: '127.0.0.1' };
  workerUrl = `http://127.0.0.1:${port}`;
  const starting = [system.startGateway(), system.startGateway()];
  await system.startWorker(internal);
  gateways = await Promise.all(starting);
});
after(() => system.stop());

async function scrapeGateways(): Promise<Exposition[]> {
  return Promise.all(gateways.map(({ url }) => scrape(url)));
}

/** Over all gateways. */
async function total(name: string, labels: Record<string, string> = {}): Promise<number> {
  const said = await scrapeGateways();
  return said.reduce((sum, one) => sum + (one.value(name, labels) ?? 0), 0);
}

/** The one gateway that says what the ledger knows. */
async function electedOne(): Promise<Exposition> {
  return eventually(async () => {
    const said = await scrapeGateways();
    const elected = said.filter((one) => one.value('cricksy_ocr_elected') === 1);
    return elected.length === 1 ? elected[0] : undefined;
  });
}

async function seen(name: string, labels: Record<string, string>, wanted: number): Promise<void> {
  await eventually(async () => ((await total(name, labels)) === wanted ? true : undefined));
}

/** It needs a cluster to run; what it would say needs none. */
async function controllerExposition(): Promise<Exposition> {
  const registry = createMetrics({ service: 'controller', version: '0' });
  controllerMetrics(registry);
  return parseExposition(await registry.metrics());
}

describe('metrics', () => {
  test('tell what became of uploads, once each', async () => {
    const store = await openFilesystem({
      directory: path.join(system.folder, 'objects'),
      newId: randomUUID,
      now: Date.now,
    });
    await storeBackup(store, { file: fixturePath('word.jpg'), now: new Date() });
    const api = gateways[0]?.url ?? '';
    const image = await send(api, { bytes: fixture('receipt.jpg') });
    const pdf = await send(api, {
      bytes: fixture('scorecard.pdf'),
      filename: 'card.pdf',
      contentType: 'application/pdf',
    });
    const broken = await send(api, { bytes: truncated(fixture('receipt.jpg')) });
    for (const id of [image, pdf]) await until(api, id, 'parsed');
    await until(api, broken, 'failed');
    await post(`${api}/api/uploads/${image}/apply`, { confirm: true });
    await expectProblem(
      post(`${api}/api/uploads/${broken}/apply`, { confirm: true }),
      409,
      'upload.wrong_status',
    );

    await seen('cricksy_ocr_uploads_total', { status: 'applied' }, 1);
    for (const [status, count] of Object.entries({
      initiated: 3,
      parsed: 2,
      failed: 1,
      cancelled: 0,
    })) {
      assert.equal(await total('cricksy_ocr_uploads_total', { status }), count, status);
    }
    assert.equal(await total('cricksy_ocr_upload_failures_total', { code: 'file.corrupt' }), 1);
    assert.equal(await total('cricksy_ocr_time_to_parsed_seconds_count'), 2);
    assert.ok((await total('cricksy_ocr_time_to_parsed_seconds_sum')) < 120, 'seconds');
    assert.ok((await total('cricksy_ocr_event_lag_seconds_count')) >= 11);
    assert.ok((await total('cricksy_ocr_relay_lag_seconds_count', { pool: 'default' })) >= 3);

    const read = await scrape(workerUrl);
    assert.equal(
      read.value('cricksy_ocr_pages_total', { result: 'failed', code: 'file.corrupt' }),
      1,
    );
    assert.equal(read.value('cricksy_ocr_attempts_total', { outcome: 'done' }), 3);
    assert.ok((read.value('cricksy_ocr_pages_total', { result: 'carried' }) ?? 0) >= 1);
    assert.equal(read.value('cricksy_ocr_slots'), 2);
    assert.equal(read.value('cricksy_ocr_taking_work'), 1);
    for (const stage of ['wait', 'fetch', 'decode', 'prepare', 'recognise', 'store', 'commit']) {
      const count = read.value('cricksy_ocr_stage_duration_seconds_count', { stage }) ?? 0;
      assert.ok(count >= 1, stage);
    }
    const pixels = read.value('cricksy_ocr_page_pixels_sum') ?? 0;
    assert.ok(pixels >= 1080 * 1527, 'of the receipt alone');
    for (const slot of ['0', '1']) {
      const bytes = read.value('cricksy_ocr_engine_memory_bytes', { slot }) ?? 0;
      assert.ok(bytes > 20_000_000 && bytes < 2_000_000_000, `${bytes} bytes in slot ${slot}`);
    }
  });

  test('of the ledger are told by one gateway', async () => {
    const elected = await electedOne();
    assert.equal(elected.value('cricksy_ocr_pool_workers', { state: 'active' }), 1);
    assert.equal(elected.value('cricksy_ocr_pool_slots'), 2);
    assert.equal(elected.value('cricksy_ocr_deletion_paused'), 0);
    assert.equal(elected.value('cricksy_ocr_stored_originals'), 3);
    const bytes = 2 * fixture('receipt.jpg').length + fixture('scorecard.pdf').length;
    const stored = elected.value('cricksy_ocr_stored_original_bytes') ?? 0;
    assert.ok(
      stored < bytes && stored > fixture('scorecard.pdf').length,
      'one of them is cut short',
    );
    assert.equal(elected.value('cricksy_ocr_open_uploads', { status: 'parsed' }), 1);
    await seen('cricksy_ocr_depth_tasks', { pool: 'default' }, 0);
    const backup = elected.value('cricksy_ocr_last_backup_timestamp_seconds') ?? 0;
    assert.ok(Math.abs(Date.now() / 1_000 - backup) < 600);
    const names = described.filter((one) => one.elected).map(({ name }) => name);
    const other = (await scrapeGateways()).find((one) => one.value('cricksy_ocr_elected') === 0);
    for (const name of names) {
      assert.notEqual(elected.value(name), undefined, name);
      assert.equal(other?.value(name), undefined, `${name} is told twice`);
    }
  });

  test('are those of docs/metrics.md, no more and no less, with its types and labels', async () => {
    const [gateway] = await scrapeGateways();
    const processes: [string, Exposition | undefined][] = [
      ['gateway', gateway],
      ['worker', await scrape(workerUrl)],
      ['controller', await controllerExposition()],
    ];
    for (const [service, said] of processes) {
      assert.ok(said);
      const ours = new Set(
        [...said.types.keys()].filter((name) => name.startsWith('cricksy_ocr_')),
      );
      assert.deepEqual(ours, namesOf(service), service);
      for (const { name, type } of described) {
        if (ours.has(name)) assert.equal(said.types.get(name), type, name);
      }
    }
    for (const series of [
      ...(await electedOne()).series.keys(),
      ...(processes[1]?.[1]?.series.keys() ?? []),
    ]) {
      const { name, labels } = partsOf(series);
      if (!name.startsWith('cricksy_ocr_')) continue;
      const own = described.find((one) => one.name === name.replace(/_(bucket|sum|count)$/, ''));
      const has = labels.map((label) => label.split('=')[0]).filter((label) => label !== 'le');
      assert.deepEqual(new Set(has), new Set(own?.labels ?? ['not described']), series);
    }
  });

  test('move to the other gateway when the one that told them dies', async () => {
    const said = await scrapeGateways();
    const dies = said.findIndex((one) => one.value('cricksy_ocr_elected') === 1);
    await gateways[dies]?.kill('SIGKILL');
    gateways = gateways.filter((_, index) => index !== dies);
    const elected = await electedOne();
    assert.notEqual(elected.value('cricksy_ocr_depth_tasks', { part: 'backlog' }), undefined);
  });
});

test('what is away is said to be, and what it knows is not told', async (t) => {
  const cut = await createSystem();
  const proxy = await startProxy(targetOf(cut.databaseUrl));
  t.after(async () => {
    await cut.stop();
    await proxy.close();
  });
  const { url } = await cut.startGateway({ DATABASE_URL: through(proxy, cut.databaseUrl) });
  const until = (is: (said: Exposition) => boolean) =>
    eventually(async () => {
      const said = await scrape(url);
      return is(said) ? said : undefined;
    });
  const whole = await until(
    (said) =>
      said.value('cricksy_ocr_elected') === 1 && said.value('cricksy_ocr_connection_up') === 3,
  );
  assert.equal(whole.value('cricksy_ocr_depth_tasks'), 0);
  await rename(path.join(cut.folder, 'objects'), path.join(cut.folder, 'unmounted'));
  await until((said) => said.value('cricksy_ocr_connection_up', { to: 'store' }) === 0);
  proxy.set('refuse');
  const blind = await until(
    (said) =>
      said.value('cricksy_ocr_elected') === 0 &&
      said.value('cricksy_ocr_connection_up', { to: 'ledger' }) === 0,
  );
  assert.equal(blind.value('cricksy_ocr_depth_tasks'), undefined);
});

test('ten thousand uploads and a thousand workers are no more series', async (t) => {
  const many = await createSystem({ CRICKSY_ENABLE_OCR: 'off' });
  t.after(() => many.stop());
  const { url } = await many.startGateway();
  const seriesAfter = async (uploads: number, workers: number) => {
    await fill(many, uploads, workers);
    for (let n = 0; n < Math.min(uploads, 500); n++) {
      await (await fetch(`${url}/api/uploads/${randomUUID()}/status`)).arrayBuffer();
    }
    const said = await eventually(async () => {
      const now = await scrape(url);
      const backlog = now.value('cricksy_ocr_depth_tasks', { part: 'backlog' }) ?? 0;
      const failed = now.value('cricksy_ocr_uploads_total', { status: 'failed' }) ?? 0;
      return backlog >= uploads && failed >= uploads ? now : undefined;
    });
    return new Set([...said.series.keys()].filter((one) => one.startsWith('cricksy_ocr_')));
  };
  const few = await seriesAfter(10, 2);
  assert.deepEqual(await seriesAfter(10_000, 1_000), few);
});

/** Uploads, each with a waiting task and its events, of as many users; and workers. */
async function fill({ db }: System, uploads: number, workers: number): Promise<void> {
  await db.query(
    `with made as (
       insert into uploads (id, status, principal, request_id, pool, priority, filename, content_type, user_id,
           object_key, object_size, language, model, layout)
       select gen_random_uuid(), 'uploaded', 'p' || n, 'r' || n, 'default', 'bulk', 'f' || n || '.jpg', 'image/jpeg',
              'u' || n, 'uploads/' || n, n, 'eng', 'fast', 'auto' from generate_series(1, $1::int) as n returning id
     ), queued as (
       insert into tasks (id, upload_id, reading, pool, share, order_at, kind)
       select gen_random_uuid(), id, 1, 'default', id, now(), 'open' from made
     )
     insert into events (upload_id, type, data)
     select id, type, '{"error_code": "file.corrupt"}'
       from made, unnest(array['upload.uploaded', 'upload.parsed', 'upload.failed']) as type`,
    [uploads],
  );
  await db.query(
    `insert into workers (id, name, pool, slots, engine, version)
     select gen_random_uuid(), 'w' || n, 'default', 2, 'engine ' || n, '0' from generate_series(1, $1::int) as n`,
    [workers],
  );
}
