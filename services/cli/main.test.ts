// The command line as scripts use it, against real servers: what comes on stdout, what on
// stderr, and the exit code.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { UploadStatusAnswer } from '#core/messages.ts';
import { type CliEnd, type CliRun, startCli } from '../testing/cli.ts';
import { detailOf, eventually, getJson, initiate, statusOf, until } from '../testing/client.ts';
import { fixture, fixturePath, scannedPdf, truncated } from '../testing/fixtures.ts';
import { createSystem, type System } from '../testing/system.ts';
import { exitCodes } from './exit-codes.ts';

const receipt = fixturePath('receipt.jpg');
const print = fixturePath('print.png');
const scorecard = fixturePath('scorecard.pdf');

let system: System;
let api = '';
let folder = '';
let damaged = '';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-cli-'));
  damaged = path.join(folder, 'damaged.jpg');
  await writeFile(damaged, truncated(fixture('receipt.jpg')));
  system = await createSystem();
  api = await system.open();
});
after(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

const start = (args: readonly string[], env: Record<string, string> = {}): CliRun =>
  startCli(args, { CRICKSY_URL: api, ...env });
const run = (...args: string[]): Promise<CliEnd> => start(args).ended;

async function uploadsOf(game: string, server = api): Promise<UploadStatusAnswer[]> {
  const query = `${server}/api/uploads?game_id=${game}`;
  return (await getJson<{ uploads: UploadStatusAnswer[] }>(query)).uploads;
}

/** Of the one upload of a game, once there is one. */
async function idOf(game: string, server = api): Promise<string> {
  return eventually(async () => (await uploadsOf(game, server))[0]?.upload_id);
}

describe('scan', () => {
  test('prints the text on stdout and plain steps on stderr', async () => {
    const one = start(['scan', receipt]);
    await eventually(async () => /: read: /.test(one.progress()) || undefined);
    const read = performance.now();
    const { code, stdout, stderr } = await one.ended;
    // It listens for events and has a timer of 15 s behind them: neither keeps it alive.
    assert.ok(performance.now() - read < 10_000);
    assert.equal(code, exitCodes.done);
    assert.match(stdout, /^Triple Six Point Enterprise/);
    assert.ok(stdout.endsWith('\n'));
    const lines = stderr.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 2), [`${receipt}: sending`, `${receipt}: waiting`]);
    assert.match(lines.at(-1) ?? '', /: read: 1 page, \d+ words, \d+\.\d s$/);
    assert.ok(!stderr.includes('\x1b') && !stderr.includes('%'));
  });

  test('prints several files in the order of the command line, each under its name', async () => {
    const { code, stdout } = await run('scan', scorecard, print, receipt);
    assert.equal(code, exitCodes.done);
    const heads = [...stdout.matchAll(/^==> (.*) <==\n(.*)/gm)].map(([, ...found]) => found);
    assert.deepEqual(
      heads.map(([file]) => file),
      [scorecard, print, receipt],
    );
    assert.match(stdout, /Africa XI v Asia XI/);
    assert.match(heads[1]?.[1] ?? '', /^This is a lot of 12 point text/);
  });

  test('prints JSON with boxes, or TSV', async () => {
    const json = await run('scan', print, '--format', 'json');
    const result = JSON.parse(json.stdout) as { pages: { words: { box: number[] }[] }[] };
    assert.equal(result.pages[0]?.words[0]?.box.length, 4);
    const tsv = await run('scan', print, '--format', 'tsv');
    const [head, first] = tsv.stdout.split('\n').map((line) => line.split('\t'));
    assert.equal(head?.length, first?.length);
    assert.ok(first?.includes('This'));
  });

  test('writes one file for each with --out, no two to the same name', async () => {
    const other = path.join(folder, 'other');
    await mkdir(other);
    await symlink(print, path.join(other, 'receipt.png'));
    const out = path.join(folder, 'new', 'results');
    const { code, stdout } = await run('scan', receipt, `${other}/receipt.png`, '--out', out);
    assert.deepEqual([code, stdout], [exitCodes.done, '']);
    assert.deepEqual((await readdir(out)).sort(), ['receipt-2.txt', 'receipt.txt']);
    assert.match(await readFile(path.join(out, 'receipt.txt'), 'utf8'), /Triple Six Point/);
    assert.match(await readFile(path.join(out, 'receipt-2.txt'), 'utf8'), /12 point text/);
  });

  test('prints one JSON object a line with --json, also of what was refused', async () => {
    const text = path.join(folder, 'notes.png');
    await writeFile(text, 'Extras 12 (b 4, lb 8)');
    const { code, stdout } = await run('scan', print, text, damaged, '--json');
    assert.equal(code, exitCodes.failed);
    const lines = stdout.trimEnd().split('\n');
    const [read, refused, failed] = lines.map((line) => JSON.parse(line));
    assert.equal(lines.length, 3);
    assert.deepEqual([read.file, read.status, read.error, read.words], [print, 'parsed', null, 60]);
    assert.match(read.result, /12 point text/);
    assert.deepEqual([refused.status, refused.error.code], ['refused', 'upload.unsupported_type']);
    assert.deepEqual([failed.status, failed.error.code], ['failed', 'file.corrupt']);
  });

  test('reads the good ones when one fails, and says so by 1', async () => {
    const { code, stdout, stderr } = await run('scan', damaged, receipt);
    assert.equal(code, exitCodes.failed);
    assert.match(stdout, /^==> .*receipt\.jpg <==\nTriple Six Point/);
    assert.match(stderr, /damaged\.jpg: failed: .+ \(file\.corrupt\)$/m);
  });

  test('reads files of any name, and says which field of a request was refused', async () => {
    const odd = path.join(folder, `two\nlines${'é'.repeat(110)}.png`);
    await writeFile(odd, fixture('print.png'));
    assert.equal((await run('scan', odd, '--game', 'odd-names')).code, exitCodes.done);
    const [stored] = await uploadsOf('odd-names');
    assert.match(stored?.filename ?? '', /^two lines.*\.png$/);
    const { code, stderr } = await run('scan', print, '--language', '../eng');
    assert.equal(code, exitCodes.failed);
    assert.match(stderr, /refused: .*language must be Tesseract language codes/);
  });

  test('stores what the options say', async () => {
    const { code, stdout } = await run(
      ...['scan', fixturePath('word.jpg'), '--game', 'options', '--user', 'scorer-1'],
      ...['--layout', 'line', '--model', 'accurate', '--priority', 'bulk'],
    );
    assert.deepEqual([code, stdout], [exitCodes.done, 'Tesseract.js\n']);
    const { options, user_id } = await detailOf(api, await idOf('options'));
    assert.equal(user_id, 'scorer-1');
    assert.deepEqual(
      [options.layout, options.model, options.priority],
      ['line', 'accurate', 'bulk'],
    );
  });

  test('sends nothing when a file is missing, and ends with 2', async () => {
    const { code, stdout, stderr } = await run('scan', receipt, 'missing.jpg', '--game', 'missing');
    assert.deepEqual([code, stdout], [exitCodes.usage, '']);
    assert.match(stderr, /^cricksy-ocr: missing\.jpg: no such file or directory\n$/);
    assert.deepEqual(await uploadsOf('missing'), []);
  });

  test('ends with 2 when there can be no --out, in one line', async () => {
    const { code, stderr } = await run('scan', receipt, '--out', path.join(damaged, 'results'));
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, /^cricksy-ocr: [^\n]+\n$/);
  });

  test('ends with 141, without a word, when nobody reads its results', async () => {
    const one = start(['scan', receipt]);
    one.leave();
    const { code, stderr } = await one.ended;
    assert.equal(code, exitCodes.unread);
    assert.doesNotMatch(stderr, /EPIPE|^\s+at /m);
  });

  test('asks to cancel at Ctrl-C and ends with 130', async () => {
    const file = path.join(folder, 'long.pdf');
    await writeFile(file, scannedPdf(40));
    const one = start(['scan', file, '--game', 'interrupted']);
    const id = await idOf('interrupted');
    await until(api, id, 'processing');
    one.interrupt();
    const { code, stdout, stderr } = await one.ended;
    assert.deepEqual([code, stdout], [exitCodes.interrupted, '']);
    assert.match(stderr, /cancelling 1 upload/);
    await until(api, id, 'cancelled');
  });
});

describe('scan, when the server', () => {
  test('cannot be reached, ends with 3 and says what may be wrong', async () => {
    const nobody = 'http://127.0.0.1:9';
    const { code, stdout, stderr } = await run('scan', receipt, '--url', nobody);
    assert.deepEqual([code, stdout], [exitCodes.unavailable, '']);
    assert.match(
      stderr,
      /cricksy-ocr: http:\/\/127\.0\.0\.1:9 cannot be reached .*make run.*--url/,
    );
  });

  test('limits the rate, waits as long as Retry-After says', async () => {
    const { url } = await system.startGateway({ CRICKSY_RATE_LIMIT_INITIATE: '1' });
    const first = await run('scan', print, '--url', url);
    assert.equal(first.code, exitCodes.done);
    // The minute of the limit is nearly over.
    await system.db.query('update rate_limits set expire = $1', [Date.now() + 2_500]);
    const asked = performance.now();
    const second = await run('scan', print, '--url', url);
    assert.equal(second.code, exitCodes.done);
    assert.match(second.stderr, /waiting [123] s as the server asks/);
    assert.match(second.stdout, /12 point text/);
    assert.ok(performance.now() - asked > 1_000);
  });

  test('asks for a token, sends CRICKSY_API_TOKEN, to the events as well', async () => {
    const token = 'a-long-enough-token';
    const { url } = await system.startGateway({ CRICKSY_API_TOKEN: token });
    const refused = await run('scan', print, '--url', url);
    assert.equal(refused.code, exitCodes.failed);
    assert.match(refused.stderr, /auth\.required/);
    const one = start(['scan', print, '--url', url], { CRICKSY_API_TOKEN: token });
    assert.equal((await one.ended).code, exitCodes.done);
  });

  test('does not get to it within --timeout, ends with 4 and leaves the upload alone', async () => {
    const idle = await createSystem();
    try {
      const { url } = await idle.startGateway();
      const args = ['scan', receipt, '--url', url, '--game', 'late', '--timeout', '3'];
      const { code, stderr } = await run(...args);
      assert.equal(code, exitCodes.timeout);
      assert.match(stderr, /cricksy-ocr: gave up waiting\n$/);
      const [upload] = await uploadsOf('late', url);
      assert.equal(upload?.status, 'uploaded');
    } finally {
      await idle.stop();
    }
  });
});

describe('status, cancel and retry', () => {
  test('tell where an upload is, stop it, and have it read once more', async () => {
    const scanned = JSON.parse((await run('scan', damaged, '--json')).stdout);
    const id: string = scanned.upload_id;
    const failed = await run('status', id);
    assert.equal(failed.code, exitCodes.done);
    assert.match(failed.stdout, new RegExp(`^${id} {2}damaged\\.jpg {2}failed.*file\\.corrupt`));
    const retried = await run('retry', id);
    assert.deepEqual([retried.code, retried.stdout], [exitCodes.done, `${id}  uploaded\n`]);
    const again = await until(api, id, 'failed');
    assert.equal(again.error_code, 'file.corrupt');
    const json = await run('status', id, '--json');
    assert.equal(JSON.parse(json.stdout).upload_id, id);
  });

  test('of several go on after one that is refused, and end with 1', async () => {
    const { upload_id: id } = await initiate(api);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const { code, stdout, stderr } = await run('cancel', unknown, id);
    assert.equal(code, exitCodes.failed);
    assert.match(stderr, new RegExp(`^${unknown}: .*upload\\.not_found`, 'm'));
    assert.equal(stdout, `${id}  cancelled\n`);
    assert.equal((await statusOf(api, id)).status, 'cancelled');
  });
});

describe('a wrong command line ends with 2 and says why', () => {
  const cases: [string, string[], RegExp][] = [
    ['no command', [], /cricksy-ocr scan FILE/],
    ['an unknown command', ['read', 'a.jpg'], /there is no command 'read'/],
    ['no file', ['scan'], /scan of what/],
    ['an unknown option', ['scan', receipt, '--colour'], /--colour/],
    ['an unknown format', ['scan', receipt, '--format', 'xml'], /--format must be text, json, tsv/],
    ['an unknown layout', ['scan', receipt, '--layout', 'spiral'], /--layout must be auto/],
    ['a URL that is none', ['scan', receipt, '--url', 'localhost'], /--url must be like http/],
    ['a time that is none', ['scan', receipt, '--timeout', 'soon'], /--timeout must be a number/],
    ['a folder as file', ['scan', '/'], /\/ is not a file/],
  ];
  for (const [what, args, why] of cases) {
    test(what, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [exitCodes.usage, '']);
      assert.match(stderr, why);
      assert.doesNotMatch(stderr, /^\s+at /m);
    });
  }

  test('and --help names every exit code', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, exitCodes.done);
    for (const number of Object.values(exitCodes))
      assert.match(stdout, new RegExp(`\\b${number} `));
  });
});
