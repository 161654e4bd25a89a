import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answers, diagnose } from './diagnosis.ts';

const untouched = {
  pool: null,
  allowed: true,
  on: true,
  changed_by: null,
  changed_at: null,
  reason: null,
};
const uploads = { feature: 'uploads' as const, ...untouched };
const ocr = { feature: 'ocr' as const, ...untouched };
const works = { ok: true, ms: 1.2 };
const health: Answers['health'] = {
  status: 'ok',
  version: '1.0.0',
  database: works,
  broker: works,
  objects: works,
  depth: { waiting: 0, dispatched: 0, running: 0 },
  workers: { active: 1, slots: 2, busy: 0, engines: ['libtesseract'] },
  features: { uploads: true, ocr: true },
  switches: [uploads, ocr],
};
const worker: Answers['workers'][number] = {
  worker_id: '0b7e5a4e-6f0d-4f0e-9c53-2f1b9a7f6d10',
  name: 'worker-1',
  pool: 'default',
  slots: 2,
  busy: 0,
  state: 'active',
  drained: false,
  drain_owner: null,
  drain_reason: null,
  drain_until: null,
  engine: 'libtesseract',
  version: '1.0.0',
  started_at: '2026-01-01T00:00:00.000Z',
  heartbeat_at: '2026-01-01T00:00:00.000Z',
};
const well: Answers = { health, workers: [worker], replies: 1, version: '1.0.0' };

/** Parts that are not well, each with what is said of it. */
function ills(answers: Answers): Record<string, string | undefined> {
  const bad = diagnose(answers).filter(({ ok }) => !ok);
  assert.ok(bad.every(({ mend }) => mend));
  return Object.fromEntries(bad.map(({ part, says }) => [part, says]));
}

describe('the diagnosis', () => {
  test('of a system that is well', () => {
    assert.deepEqual(ills(well), {});
    assert.equal(diagnose(well).length, 8);
  });

  test('names the part that does not answer, and only that', () => {
    const broker = { ok: false, ms: 2_000, error: 'timeout' };
    assert.deepEqual(ills({ ...well, health: { ...health, broker } }), {
      broker: 'does not answer: timeout',
    });
  });

  test('tells no workers, drained ones, silent ones and such without an engine apart', () => {
    assert.deepEqual(Object.keys(ills({ ...well, workers: [], replies: 0 })), [
      'workers',
      'engine',
    ]);
    const drained = { ...worker, state: 'draining' as const, drain_owner: 'operator' };
    assert.match(ills({ ...well, workers: [drained] })['workers'] ?? '', /drained by operator/);
    assert.match(ills({ ...well, replies: 0 })['workers'] ?? '', /0 of 1 answer/);
    const bare = { ...worker, engine: null };
    assert.match(ills({ ...well, workers: [bare] })['engine'] ?? '', /has none/);
  });

  test('sees work that nobody dispatches, and switches that are off', () => {
    const depth = { waiting: 3, dispatched: 0, running: 0 };
    assert.deepEqual(Object.keys(ills({ ...well, health: { ...health, depth } })), ['depth']);
    const off = (...switches: Answers['health']['switches']) =>
      ills({ ...well, health: { ...health, depth, switches } });
    assert.deepEqual(off(uploads, { ...ocr, allowed: false }), {
      switches: 'off: ocr, by the setting CRICKSY_ENABLE_OCR',
    });
    const paused = { ...ocr, pool: 'big', on: false, changed_by: 'ada', reason: 'new disks' };
    assert.deepEqual(off(uploads, ocr, paused), {
      switches: 'off: ocr of the pool big, by ada (new disks)',
    });
  });

  test('sees a server of another version', () => {
    assert.match(ills({ ...well, version: '2.0.0' })['version'] ?? '', /1\.0\.0, this is 2\.0\.0/);
  });
});
