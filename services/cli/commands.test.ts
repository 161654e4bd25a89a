// The commands around a reading, against real servers: looking at it, following, deciding, asking
// the workers, finding what is wrong.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { EventMessage } from '#core/messages.ts';
import { type CliEnd, type CliRun, startCli } from '../testing/cli.ts';
import {
  detailOf,
  eventsOf,
  eventually,
  initiate,
  send,
  statusOf,
  until,
} from '../testing/client.ts';
import { fixture, scannedPdf } from '../testing/fixtures.ts';
import { createSystem, type Running, type System } from '../testing/system.ts';
import { checkPdf } from '../testing/tools.ts';
import { catalogue } from './catalogue.ts';
import { exitCodes } from './exit-codes.ts';

const receipt = { bytes: fixture('receipt.jpg'), filename: 'receipt.jpg' };
const unknown = '00000000-0000-4000-8000-000000000000';

let system: System;
let gateway: Running;
let api = '';
let folder = '';
let read = '';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-commands-'));
  system = await createSystem();
  [gateway] = await Promise.all([system.startGateway(), system.startWorker()]);
  api = gateway.url;
  read = await send(api, { ...receipt, game_id: 'game-1' });
  await until(api, read, 'parsed');
});
after(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

const start = (args: readonly string[], env: Record<string, string> = {}): CliRun =>
  startCli(args, { CRICKSY_URL: api, ...env });
const run = (...args: string[]): Promise<CliEnd> => start(args).ended;
/** Of lines that are written to their end. */
const jsonLines = <T>(text: string): T[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);

describe('result', () => {
  test('prints the text of an upload, or its name and the refusal', async () => {
    const { code, stdout, stderr } = await run('result', read);
    assert.deepEqual([code, stderr], [exitCodes.done, '']);
    assert.match(stdout, /^Triple Six Point Enterprise/);
    const refused = await run('result', unknown);
    assert.deepEqual([refused.code, refused.stdout], [exitCodes.failed, '']);
    assert.match(refused.stderr, new RegExp(`^${unknown}: .*upload\\.not_found`));
  });

  test('writes a PDF into a folder, and never onto a terminal', async () => {
    assert.equal((await run('result', '--format', 'pdf', read)).code, exitCodes.usage);
    const end = await run('result', '--format', 'pdf', '--out', path.join(folder, 'read'), read);
    assert.deepEqual([end.code, end.stdout], [exitCodes.done, '']);
    const pdf = await readFile(path.join(folder, 'read/receipt.pdf'));
    await checkPdf(pdf);
    assert.ok(pdf.includes(receipt.bytes));
  });
});

describe('list', () => {
  test('shows uploads from new to old, filtered, as many as asked for', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await initiate(api, { game_id: 'listed' })).upload_id);
    const all = jsonLines<{ upload_id: string }>(
      (await run('list', '--game', 'listed', '--json')).stdout,
    );
    assert.deepEqual(
      all.map((one) => one.upload_id),
      ids.toReversed(),
    );
    const { stdout } = await run(
      'list',
      '--game',
      'listed',
      '--limit',
      '2',
      '--status',
      'initiated',
    );
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', new RegExp(`^${ids[2]}  \\d{4}-.*Z  card\\.jpg  initiated$`));
    assert.equal((await run('list', '--game', 'listed', '--status', 'parsed')).stdout, '');
    assert.equal((await run('list', '--status', 'eaten')).code, exitCodes.usage);
  });
});

describe('events', () => {
  test('tells everything once and in order, also what happened while the server was away', async () => {
    const id = await send(api, {
      ...receipt,
      bytes: scannedPdf(2),
      contentType: 'application/pdf',
    });
    await until(api, id, 'parsed');
    const watching = start(['events', id, '--json']);
    const told = () =>
      jsonLines<EventMessage>(watching.printed()).filter(({ type }) => type !== 'page.progress');
    // It is connected when something that happens is told.
    await eventually(async () => {
      await again(id);
      return told()[0];
    });
    const port = new URL(gateway.url).port;
    await gateway.kill('SIGKILL');
    const other = await system.startGateway();
    await again(id, other.url);
    gateway = await system.startGateway({ PORT: port });
    await again(id);
    const stored = await eventsOf(api, id);
    await eventually(async () => told().find(({ cursor }) => cursor === stored.at(-1)?.cursor));
    watching.interrupt();
    assert.equal((await watching.ended).code, exitCodes.interrupted);
    assert.match(watching.progress(), /going on from the last event/);
    const from = stored.findIndex(({ cursor }) => cursor === told()[0]?.cursor);
    assert.deepEqual(told(), stored.slice(from));
  });

  test('ends when the server knows no such upload, wants a token, or is not there', async () => {
    const nothing = await run('events', unknown);
    assert.equal(nothing.code, exitCodes.failed);
    assert.match(nothing.stderr, /upload\.not_found/);
    const closed = await system.startGateway({ CRICKSY_API_TOKEN: 'a-secret-token' });
    const stranger = await start(['events'], { CRICKSY_URL: closed.url }).ended;
    assert.match(stranger.stderr, /auth\.required/);
    await closed.kill('SIGKILL');
    const away = await start(['events'], { CRICKSY_URL: closed.url }).ended;
    assert.equal(away.code, exitCodes.unavailable);
  });

  async function again(id: string, server = api): Promise<void> {
    await fetch(`${server}/api/uploads/${id}/read-again`, { method: 'POST' });
    await until(server, id, 'parsed');
  }
});

describe('apply', () => {
  test('needs a person, takes corrections, and is refused for another version', async () => {
    const corrected = path.join(folder, 'corrected.json');
    await writeFile(corrected, '{"total": 254}');
    assert.equal((await run('apply', read)).code, exitCodes.usage);
    const { version } = await statusOf(api, read);
    const stale = await run('apply', '--confirm', '--version', String(version + 7), read);
    assert.equal(stale.code, exitCodes.failed);
    assert.match(stale.stderr, /upload\.version_conflict/);
    const missing = await run('apply', '--confirm', '--data', path.join(folder, 'no.json'), read);
    assert.equal(missing.code, exitCodes.usage);
    const done = await run(
      'apply',
      '--confirm',
      '--data',
      corrected,
      '--version',
      String(version),
      read,
    );
    assert.deepEqual([done.code, done.stdout], [exitCodes.done, `${read}  applied\n`]);
    assert.deepEqual((await detailOf(api, read)).validated_data, { total: 254 });
  });
});

describe('inspect', () => {
  test('says who answers, how busy they are and what they read', async () => {
    const [worker] = jsonLines<{ name: string }>((await run('inspect', 'ping', '--json')).stdout);
    assert.ok(worker);
    const stats = await run('inspect', 'stats');
    assert.match(
      stats.stdout,
      new RegExp(`^${worker.name}  pid \\d+  \\d of \\d slots busy  [\\d.]+ s CPU  \\d+ MiB`),
    );
    const id = await send(api, { bytes: scannedPdf(40), contentType: 'application/pdf' });
    await until(api, id, 'processing');
    assert.match(
      (await run('inspect', 'active')).stdout,
      new RegExp(`^${worker.name}  ${id}  card\\.jpg`),
    );
    await run('cancel', id);
    assert.equal((await run('inspect', 'everything')).code, exitCodes.usage);
  });
});

describe('doctor', () => {
  test('finds nothing where all is well', async () => {
    const { code, stdout } = await run('doctor');
    assert.equal(code, exitCodes.done, stdout);
    assert.doesNotMatch(stdout, /FAIL/);
    for (const part of [
      'server',
      'token',
      'version',
      'database',
      'broker',
      'objects',
      'workers',
      'engine',
      'depth',
    ]) {
      assert.match(stdout, new RegExp(`^ok    ${part} `, 'm'));
    }
  });

  test('says what is wrong and how to mend it', async () => {
    const closed = await system.startGateway({ CRICKSY_API_TOKEN: 'a-secret-token' });
    const stranger = await start(['doctor'], { CRICKSY_URL: closed.url }).ended;
    assert.equal(stranger.code, exitCodes.failed);
    assert.match(stranger.stdout, /FAIL {2}token .*\n +to mend it: set CRICKSY_API_TOKEN/);
    const known = { CRICKSY_URL: closed.url, CRICKSY_API_TOKEN: 'a-secret-token' };
    assert.equal((await start(['doctor'], known).ended).code, exitCodes.done);
    await closed.kill('SIGKILL');
    const away = await start(['doctor'], { CRICKSY_URL: closed.url }).ended;
    assert.equal(away.code, exitCodes.unavailable);
    assert.match(away.stderr, /cannot be reached/);
  });

  test('misses the workers', async (t) => {
    const bare = await createSystem();
    t.after(() => bare.stop());
    const { url } = await bare.startGateway({ CRICKSY_ENABLE_OCR: 'false' });
    const { code, stdout } = await start(['doctor', '--json'], { CRICKSY_URL: url }).ended;
    assert.equal(code, exitCodes.failed);
    const bad = jsonLines<{ part: string; ok: boolean }>(stdout).filter(({ ok }) => !ok);
    assert.deepEqual(
      bad.map(({ part }) => part),
      ['workers', 'engine', 'switches'],
    );
  });
});

describe('help and completion', () => {
  test('every command has its own help with examples', async () => {
    for (const name of Object.keys(catalogue)) {
      const { code, stdout } = await run(name, '--help');
      assert.equal(code, exitCodes.done);
      assert.match(
        stdout,
        new RegExp(`^cricksy-ocr ${name}\\b[^]*\nFor example\n  cricksy-ocr ${name}`),
      );
    }
    assert.equal((await run('help', 'scan')).stdout, (await run('scan', '--help')).stdout);
  });

  test('too many words are refused', async () => {
    assert.equal((await run('list', 'all')).code, exitCodes.usage);
    assert.equal((await run('events', read, read)).code, exitCodes.usage);
    assert.equal((await run('completion', 'cmd')).code, exitCodes.usage);
  });

  test('bash completes commands, options and their values', async () => {
    const { stdout: script } = await run('completion', 'bash');
    const complete = async (...words: string[]) => {
      const program = `${script}\nCOMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _cricksy_ocr; echo "\${COMPREPLY[@]}"`;
      const { stdout } = await promisify(execFile)('bash', ['-c', program, 'bash', ...words]);
      return stdout.trim();
    };
    assert.equal(await complete('cricksy-ocr', 're'), 'result retry resume');
    assert.equal(await complete('cricksy-ocr', 'scan', '--format', 'p'), 'pdf');
    assert.equal(await complete('cricksy-ocr', 'inspect', 'a'), 'active');
    assert.equal(await complete('cricksy-ocr', 'autoscaler', 'd'), 'decisions');
    assert.equal(await complete('cricksy-ocr', 'apply', '--c'), '--confirm');
    assert.equal(await complete('cricksy-ocr', 'help', 'st'), 'status');
    assert.equal(await complete('cricksy-ocr', 'scan', '--mo'), '--model');
  });

  test('bash completes files where a file is wanted', async () => {
    const { stdout: script } = await run('completion', 'bash');
    const none = `COMPREPLY=(before) COMP_CWORD=$(($# - 1)); _cricksy_ocr; echo "\${#COMPREPLY[@]}"`;
    for (const words of [
      ['scan', ''],
      ['scan', '--out', ''],
      ['apply', '--data', ''],
    ]) {
      const program = `${script}\nCOMP_WORDS=("$@") ${none}`;
      const given = ['-c', program, 'bash', 'cricksy-ocr', ...words];
      const { stdout } = await promisify(execFile)('bash', given);
      assert.equal(stdout, '0\n', words.join(' '));
    }
  });

  test('help has a space between a command and what it does', async () => {
    const { stdout } = await run('--help');
    for (const { says } of Object.values(catalogue))
      assert.ok(stdout.includes(`  ${says}\n`), says);
  });
});
