// What people meet who type `make run`, and what becomes of their work when it is killed.
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { eventually, getJson, resultText, send, statusOf, until } from '../testing/client.ts';
import { fixture, scannedPdf } from '../testing/fixtures.ts';
import {
  commandLineOf,
  descendantsOf,
  isRunning,
  listeningAddresses,
  processesNaming,
} from '../testing/processes.ts';
import { assertReadOnce, midway } from '../testing/reading.ts';
import { type Starting, startStandalone } from '../testing/standalone.ts';
import type { Running } from '../testing/system.ts';
import { postgresAccount } from './postgres/account.ts';

const receipt = { bytes: fixture('receipt.jpg') };
const book = {
  filename: 'book.pdf',
  contentType: 'application/pdf',
  bytes: scannedPdf(12),
};
/** Generous: what is asked is that it ends by itself, in order. */
const soonMs = 20_000;

// A temporary folder is nobody else's (0700): as root, PostgreSQL's account may not pass through it.
let home = '';
const data = (name = 'data') => path.join(home, name);
const lockOf = (folder = data()) => readFileSync(path.join(folder, 'lock'), 'utf8');
const started: Starting[] = [];

function start(env: Record<string, string> = {}, options = {}): Starting {
  const one = startStandalone({ CRICKSY_DATA_DIR: data(), ...env }, options);
  started.push(one);
  return one;
}

const makeHome = async () => {
  home = await mkdtemp(path.join(tmpdir(), 'cricksy-standalone-'));
};
const removeHome = async () => {
  const trees = started.splice(0).flatMap(({ pid }) => [pid, ...descendantsOf(pid)]);
  for (const pid of [...trees, ...processesNaming(home)].filter(isRunning)) {
    process.kill(pid, 'SIGKILL');
  }
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
};

/** Stops it as Ctrl-C does, and proves that nothing of it is left. */
async function interrupt({ pid, kill }: Starting | Running, folder = data()): Promise<void> {
  const tree = descendantsOf(pid);
  const asked = performance.now();
  assert.equal(await kill('SIGINT'), 0);
  assert.ok(performance.now() - asked < soonMs);
  assert.deepEqual(tree.filter(isRunning).map(commandLineOf), []);
  assert.equal(lockOf(folder), '');
}

describe('an instance', () => {
  // What is meant for another place, and must not be taken for this one.
  const elsewhere = {
    DATABASE_URL: 'postgresql://db.example.org/cricksy',
    CRICKSY_DATABASE_PASSWORD: 'of another database',
    CRICKSY_DATABASE_DIRECT_URL: 'postgresql://db.example.org/cricksy',
    CRICKSY_OBJECTS_DIR_FILE: '/nowhere',
    CRICKSY_INTERNAL_PORT: '9090',
    HOST: '0.0.0.0',
  };
  let one: Running;
  let id = '';
  before(async () => {
    await makeHome();
    one = await start(elsewhere).open();
    id = await send(one.url, receipt);
  });
  after(removeHome);

  test('says where it listens and what to do next, in few lines', async () => {
    const port = new URL(one.url).port;
    assert.match(one.output(), /libtesseract \d\S* \(auto: the first choice\), 1 slot, data in \//);
    assert.match(
      one.output(),
      new RegExp(`bin/cricksy-ocr scan \\S+ --url http://localhost:${port}$`, 'm'),
    );
    assert.ok(one.output().trim().split('\n').length <= 7, one.output());
    await assertReadOnce(one.url, id, 1);
  });

  test('listens on this machine only', () => {
    const loopback = '0100007F';
    const addresses = listeningAddresses([one.pid, ...descendantsOf(one.pid)]);
    assert.deepEqual([...new Set(addresses)], [loopback]);
    assert.equal(addresses.length, 2, 'the API and PostgreSQL');
  });

  test('keeps a second one away from its data, by naming itself', async () => {
    const { code, stdout, stderr } = await start().result;
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^${data()} is in use by process ${one.pid}: [^\n]+\n$`));
  });

  test('keeps a second one away from its port, which says so in one line', async () => {
    const port = new URL(one.url).port;
    const { code, stderr } = await start({ PORT: port, CRICKSY_DATA_DIR: data('other') }).result;
    assert.equal(code, 78);
    assert.match(stderr, new RegExp(`^port ${port} is taken: [^\n]+\n$`));
    assert.equal(lockOf(data('other')), '');
  });

  test('starts everything again when its database is killed, and goes on where it was', async () => {
    const reading = await send(one.url, book);
    await midway(one.url, reading);
    const [postgres] = descendantsOf(one.pid).filter((pid) => / -D /.test(commandLineOf(pid)));
    assert.ok(postgres);
    process.kill(postgres, 'SIGKILL');
    await eventually(async () => one.output().match(/is open on/g)?.[1]);
    assert.equal((await statusOf(one.url, id)).status, 'parsed');
    await assertReadOnce(one.url, reading, 12);
  });

  test('stops at Ctrl-C in order, and at the next start has all that it had', async () => {
    await interrupt(one);
    const next = await start().open();
    assert.equal((await statusOf(next.url, id)).status, 'parsed');
    assert.match(await resultText(next.url, id), /Triple Six Point/);
    const { url } = await getJson<{ url: string }>(`${next.url}/api/uploads/${id}/original`);
    assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), receipt.bytes);
    await interrupt(next);
  });
});

describe('a start', () => {
  beforeEach(makeHome);
  afterEach(removeHome);

  test('names every mistake of the configuration at once, and touches nothing', async () => {
    const { code, stdout, stderr } = await start({
      PORT: 'eighty',
      CRICKSY_WORKER_SLOTS: '0',
      CRICKSY_MAX_PAGES: 'many',
      CRICKSY_EVENT_DAYS: '-1',
      CRICKSY_API_TOKEN_FILE: '/nowhere/token',
    }).result;
    assert.equal(code, 78);
    assert.equal(stdout, '');
    for (const name of [
      'PORT',
      'CRICKSY_WORKER_SLOTS',
      'CRICKSY_MAX_PAGES',
      'CRICKSY_EVENT_DAYS',
      'CRICKSY_API_TOKEN_FILE',
    ]) {
      assert.match(stderr, new RegExp(`^ {2}${name}: `, 'm'));
    }
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.equal(existsSync(data()), false);
  });

  test('in a folder that cannot be made says so at once', { timeout: 20_000 }, async () => {
    writeFileSync(data('file'), '');
    for (const folder of ['/proc/nowhere/data', data('file/data'), data('file')]) {
      const { code, stdout, stderr } = await start({ CRICKSY_DATA_DIR: folder }).result;
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^no data can be kept in [^\n]+: set CRICKSY_DATA_DIR to another folder\n$/,
      );
    }
  });

  test('of a user without privileges opens, reads, and leaves nothing behind', async () => {
    const account = postgresAccount(process.getuid?.());
    const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-standalone-'));
    if (account) chownSync(folder, account.uid, account.gid);
    const one = await start({ CRICKSY_DATA_DIR: folder }, { unprivileged: true }).open();
    await assertReadOnce(one.url, await send(one.url, receipt), 1);
    await interrupt(one, folder);
    await rm(folder, { recursive: true });
  });

  test('after one that was killed before its secrets were written opens', async () => {
    mkdirSync(data('data/postgres'), { recursive: true });
    const secrets = [data('data/postgres/password'), data('data/signing-secret')];
    for (const file of secrets) writeFileSync(file, '');
    await interrupt(await start().open());
    for (const file of secrets) assert.ok(readFileSync(file, 'utf8').length >= 32);
  });

  test('removes the bytes that a killed worker had checked out', async () => {
    const left = data('data/scratch/worker-of-before');
    mkdirSync(left, { recursive: true });
    writeFileSync(path.join(left, 'card.jpg'), 'bytes');
    await interrupt(await start().open());
    assert.equal(existsSync(left), false);
  });

  test('that hangs on a part that cannot start ends at Ctrl-C all the same', async () => {
    const first = await start().open();
    await interrupt(first);
    await rm(path.join(data(), 'scratch'), { recursive: true });
    writeFileSync(path.join(data(), 'scratch'), 'not a folder');
    const next = start();
    await eventually(async () => /process ended/.test(next.output()) || undefined);
    await interrupt(next);
  });
});

describe('kill -9', () => {
  beforeEach(makeHome);
  afterEach(removeHome);

  test('of the parent alone: the next start ends its orphans and finishes the upload, once', async () => {
    const first = await start().open();
    const id = await send(first.url, book);
    await midway(first.url, id);
    const orphans = descendantsOf(first.pid);
    await first.kill('SIGKILL');
    const next = await start().open();
    assert.deepEqual(orphans.filter(isRunning).map(commandLineOf), []);
    const attempts = await assertReadOnce(next.url, id, 12);
    assert.ok(attempts.length > 1);
    await interrupt(next);
  });

  test('of the whole tree: the next start finishes the upload, once', async () => {
    const first = await start().open();
    const id = await send(first.url, book);
    await midway(first.url, id);
    for (const pid of [first.pid, ...descendantsOf(first.pid)]) {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
    await first.ended;
    const next = await start().open();
    const attempts = await assertReadOnce(next.url, id, 12);
    assert.ok(attempts.some((attempt) => attempt.outcome === 'lost'));
    await interrupt(next);
  });

  test('of the parent before anything is ready: the next start opens', async () => {
    const first = start();
    await eventually(
      async () =>
        descendantsOf(first.pid).some((pid) => /initdb/.test(commandLineOf(pid))) || undefined,
    );
    await first.kill('SIGKILL');
    const next = await start().open();
    await until(next.url, await send(next.url, receipt), 'parsed');
    await interrupt(next);
  });
});
