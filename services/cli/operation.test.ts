// What operators do by hand, against real servers: looking into the queue, pausing, draining, switching.
import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type { EventMessage } from '#core/messages.ts';
import type { PoolEntry, SwitchEntry, TaskEntry, WorkerEntry } from '#core/operation-messages.ts';
import { type CliEnd, startCli } from '../testing/cli.ts';
import { eventually, initiate, send, statusOf, until } from '../testing/client.ts';
import { fixture, scannedPdf } from '../testing/fixtures.ts';
import { createSystem, type System } from '../testing/system.ts';
import { exitCodes } from './exit-codes.ts';

const receipt = { bytes: fixture('receipt.jpg'), filename: 'receipt.jpg' };
const token = 'of-operators';

let system: System;
let api = '';

before(async () => {
  system = await createSystem({ CRICKSY_OPERATOR_TOKEN: token });
  api = (await system.startGateway()).url;
});
after(() => system.stop());

const start = (args: readonly string[], env: Record<string, string> = {}) =>
  startCli(args, { CRICKSY_URL: api, CRICKSY_OPERATOR_TOKEN: token, ...env });
const run = (...args: string[]): Promise<CliEnd> => start(args).ended;
const lines = <T>(text: string): T[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
const told = async <T>(...args: string[]): Promise<T[]> => {
  const end = await run(...args, '--json');
  assert.deepEqual([end.code, end.stderr], [exitCodes.done, '']);
  return lines<T>(end.stdout);
};

describe('the queue', () => {
  test('shows what is in the broker, what waits, what is tried later, and all of it is read in the end', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push(await send(api, receipt));
    // Without a worker four are dispatched and lie in the broker.
    const reserved = await eventually(async () => {
      const tasks = await told<TaskEntry>('inspect', 'reserved');
      return tasks.length === 4 ? tasks : undefined;
    });
    assert.deepEqual(new Set(reserved.map(({ upload_id }) => upload_id)), new Set(ids.slice(0, 4)));
    await system.db.query(
      `update tasks set run_at = now() + interval '1 hour' where upload_id = $1`,
      [ids[6]],
    );
    const [scheduled] = await told<TaskEntry>('inspect', 'scheduled');
    assert.equal(scheduled?.upload_id, ids[6]);
    const [pool] = await told<PoolEntry>('queue');
    assert.ok(pool);
    const { depth, waiting, delayed, dispatched, running, ready, unacknowledged } = pool;
    assert.deepEqual(
      { depth, waiting, delayed, dispatched, running, ready, unacknowledged },
      { depth: 7, waiting: 3, delayed: 1, dispatched: 4, running: 0, ready: 4, unacknowledged: 0 },
    );
    assert.deepEqual(
      pool.next.map(({ upload_id }) => upload_id),
      ids.slice(4, 6),
    );
    const { stdout } = await run('queue', '--limit', '1');
    assert.match(stdout, /^default {2}depth 7 {2}3 waiting \(1 until later\), 4 ready, 0 unack/);
    assert.equal(stdout.trimEnd().split('\n').length, 2);
    assert.match(stdout, new RegExp(`\n  1  ${ids[4]}  receipt\\.jpg\n$`));
    await system.db.query('update tasks set run_at = now() where upload_id = $1', [ids[6]]);
    await system.startWorker({ CRICKSY_WORKER_NAME: 'reader' });
    for (const id of ids) await until(api, id, 'parsed');
    const [empty] = await told<PoolEntry>('queue');
    assert.deepEqual([empty?.depth, empty?.oldest_at, empty?.next], [0, null, []]);
  });
});

describe('pause and resume', () => {
  test('hold one pool or all of them, and doctor says who does', async () => {
    for (const pool of [['default'], []]) {
      const [paused] = await told<SwitchEntry>('pause', ...pool, '--reason', 'new disks');
      assert.deepEqual(
        [paused?.feature, paused?.pool, paused?.on, paused?.changed_by, paused?.reason],
        ['ocr', pool[0] ?? null, false, userInfo().username, 'new disks'],
      );
      const id = await send(api, receipt);
      assert.match((await run('queue')).stdout, /^default {2}paused {2}depth 1 /);
      const doctor = await run('doctor');
      assert.equal(doctor.code, exitCodes.failed);
      assert.match(
        doctor.stdout,
        /FAIL {2}switches {2}off: ocr.* by \w+ \(new disks\)\n +to mend it: cricksy-ocr /,
      );
      assert.equal((await statusOf(api, id)).status, 'uploaded');
      assert.equal((await run('resume', ...pool)).code, exitCodes.done);
      await until(api, id, 'parsed');
    }
    const unknown = await run('pause', 'no-such-pool');
    assert.equal(unknown.code, exitCodes.failed);
    assert.match(unknown.stderr, /pool\.not_found/);
  });
});

describe('drain and undrain', () => {
  test('take a worker out when it has finished what it holds, by name, and let it back', async () => {
    const id = await send(api, { bytes: scannedPdf(6), contentType: 'application/pdf' });
    await until(api, id, 'processing');
    const [drained] = await told<WorkerEntry>(
      'drain',
      'reader',
      '--by',
      'ada',
      '--reason',
      'new kernel',
      '--wait',
    );
    assert.deepEqual(
      [drained?.drained, drained?.busy, drained?.drain_owner, drained?.drain_reason],
      [true, 0, 'ada', 'new kernel'],
    );
    assert.match(
      (await run('workers')).stdout,
      /^reader {2}\S+ {2}pool default {2}drained by ada until \S+ \(new kernel\) {2}0 of 2 slots busy/,
    );
    const waits = await send(api, receipt);
    const [back] = await told<WorkerEntry>('undrain', drained?.worker_id ?? '');
    assert.deepEqual([back?.state, back?.drain_owner], ['active', null]);
    await until(api, waits, 'parsed');
    await until(api, id, 'parsed');
    const [listed] = await told<WorkerEntry>('workers');
    assert.match(listed?.version ?? '', /^\d+\.\d+\.\d+/);
    const nobody = await run('drain', 'nobody');
    assert.deepEqual([nobody.code, nobody.stdout], [exitCodes.failed, '']);
  });
});

describe('switch', () => {
  test('turns uploads off and on, shows who did it, and events tell of it later', async (t) => {
    const earlier = start(['events', '--json']);
    await eventually(async () => {
      await initiate(api);
      return lines<EventMessage>(earlier.printed())[0];
    });
    earlier.interrupt();
    const { cursor } = lines<EventMessage>((await earlier.ended).stdout).at(-1) ?? {};
    assert.ok(cursor);

    const off = await run('switch', 'uploads', 'off', '--by', 'ada', '--reason', 'full disks');
    assert.match(off.stdout, /^uploads {2}off {2}by ada {2}since \S+ {2}full disks\n$/);
    const refused = await run('scan', 'services/testing/fixtures/receipt.jpg');
    assert.equal(refused.code, exitCodes.failed);
    assert.match(refused.stderr, /full disks \(uploads\.disabled\)/);
    assert.equal((await run('switch')).stdout.split('\n')[0], off.stdout.trimEnd());
    await told('switch', 'uploads', 'on');

    const later = start(['events', '--cursor', cursor]);
    t.after(later.interrupt);
    const changes = /switch\.changed .*on=false .*\n(.*\n)*.*switch\.changed .*on=true /;
    await eventually(async () => changes.test(later.printed()) || undefined);
    later.interrupt();
    const end = await later.ended;
    assert.equal(end.code, exitCodes.interrupted);
    assert.match(end.stderr, /to go on from here: --cursor \S+/);
  });

  test('is for those with the token of operators', async () => {
    const stranger = await start(['switch', 'ocr', 'off'], { CRICKSY_OPERATOR_TOKEN: '' }).ended;
    assert.equal(stranger.code, exitCodes.failed);
    assert.match(stranger.stderr, /auth\.required/);
    const nobody = { CRICKSY_OPERATOR_TOKEN: '', CRICKSY_API_TOKEN: 'another-one' };
    const other = await start(['pause'], nobody).ended;
    assert.match(other.stderr, /auth\.forbidden/);
    assert.equal((await run('switch', 'tea', 'off')).code, exitCodes.usage);
    assert.equal((await run('switch', 'ocr')).code, exitCodes.usage);
    assert.ok((await told<SwitchEntry>('switch')).every(({ on }) => on));
  });
});
