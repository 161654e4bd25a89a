// The command line before servers that refuse, that are no Cricksy OCR, or that break off: one
// line that says so and an exit code, never a stack.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type CliEnd, startCli } from '../testing/cli.ts';
import { fixturePath } from '../testing/fixtures.ts';
import { exitCodes } from './exit-codes.ts';

/** The URL of a web server that ends with the test. */
async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function run(url: string, ...args: string[]): Promise<CliEnd> {
  return startCli(args, { CRICKSY_URL: url }).ended;
}

const page: RequestListener = (_, response) => void response.end('<html>It works!</html>');

test('a refusal is told with its code and advice, by every command', async (t) => {
  const problem = {
    type: 'about:blank',
    title: 'A token is needed',
    status: 401,
    code: 'auth.required',
    detail: '',
    advice: 'Send it.',
    request_id: '1',
  };
  const url = await serve(t, (_, response) => {
    response.writeHead(401, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify(problem));
  });
  for (const args of [
    ['list'],
    ['inspect', 'active'],
    ['inspect', 'stats'],
    ['autoscaler', 'why'],
    ['switch', 'ocr', 'off'],
  ]) {
    const { code, stderr } = await run(url, ...args);
    assert.equal(code, exitCodes.failed);
    assert.equal(stderr, 'cricksy-ocr: A token is needed (auth.required). Send it.\n');
  }
});

test('another web server is no Cricksy OCR, which ends with 3', async (t) => {
  const url = await serve(t, page);
  for (const args of [['list'], ['scan', fixturePath('word.jpg')]]) {
    const { code, stderr } = await run(url, ...args);
    assert.equal(code, exitCodes.unavailable);
    assert.match(stderr, /^cricksy-ocr: .* is not Cricksy OCR.*--url.*\n$/m);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test('another server whose answers are JSON is no Cricksy OCR either', async (t) => {
  const id = '00000000-0000-4000-8000-000000000000';
  const calls = [
    ['list'],
    ['status', id],
    ['result', id],
    ['retry', id],
    ['inspect', 'active'],
    ['inspect', 'stats'],
    ['autoscaler', 'status'],
    ['inspect', 'reserved'],
    ['workers'],
    ['queue'],
    ['pause', 'default'],
    ['drain', 'reader'],
    ['switch'],
    ['switch', 'ocr', 'off'],
    ['scan', fixturePath('word.jpg')],
  ];
  for (const body of ['{}', '[]', 'null', '"yes"']) {
    const url = await serve(t, (_, response) => void response.end(body));
    for (const args of body === '{}' ? calls : [['list']]) {
      const { code, stderr } = await run(url, ...args);
      assert.equal(code, exitCodes.unavailable, `${args[0]} given ${body}: ${stderr}`);
      assert.match(stderr, /^cricksy-ocr: [^\n]+ is not Cricksy OCR[^\n]+$/m);
      assert.doesNotMatch(stderr, /^\s+at /m);
    }
  }
});

test('an answer that breaks off in its middle is asked for again', async (t) => {
  let asked = 0;
  const url = await serve(t, (_, response) => {
    asked += 1;
    const whole = '{"uploads": [], "next_cursor": null}';
    response.setHeader('content-length', whole.length);
    if (asked > 1) response.end(whole);
    else response.write(whole.slice(0, 9), () => response.destroy());
  });
  const { code, stderr } = await run(url, 'list');
  assert.deepEqual([code, stderr, asked], [exitCodes.done, '', 2]);
});

test('scan ends with 3 when a later file fails before an earlier one', async (t) => {
  const firstMayFail = Promise.withResolvers<void>();
  const url = await serve(t, async (request, response) => {
    const { filename } = (await json(request)) as { filename: string };
    if (filename === 'word.jpg') await firstMayFail.promise;
    // Time for the failure of the later one to arrive.
    else setTimeout(firstMayFail.resolve, 500);
    page(request, response);
  });
  const files = ['word.jpg', 'receipt.jpg', 'print.png'].map((name) => fixturePath(name));
  const { code, stderr } = await run(url, 'scan', ...files);
  assert.equal(code, exitCodes.unavailable);
  assert.match(stderr, /^cricksy-ocr: [^\n]+ is not Cricksy OCR[^\n]+$/m);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test('doctor says that another web server is no Cricksy OCR', async (t) => {
  const { code, stdout, stderr } = await run(await serve(t, page), 'doctor');
  assert.deepEqual([code, stderr], [exitCodes.failed, '']);
  assert.match(stdout, /^FAIL {2}server .* is not Cricksy OCR\n +to mend it: .*--url.*\n$/);
});

test('scan repeats an initiate whose answer was lost under the same key', async (t) => {
  const keys: unknown[] = [];
  const url = await serve(t, (request, response) => {
    keys.push(request.headers['idempotency-key']);
    if (keys.length > 1) page(request, response);
    else response.writeHead(201).write('{', () => response.destroy());
  });
  await run(url, 'scan', fixturePath('word.jpg'));
  assert.equal(keys.length, 2);
  assert.match(String(keys[0]), /^[0-9a-f-]{36}$/);
  assert.equal(keys[1], keys[0]);
});

test('a server without TLS behind https:// is told in one line', async (t) => {
  const url = (await serve(t, page)).replace('http:', 'https:');
  const { code, stderr } = await run(url, 'list');
  assert.equal(code, exitCodes.unavailable);
  assert.match(stderr, /^cricksy-ocr: [^\n]+\(TLS: [^\n]+http:\/\/\n$/);
});
