// What gives access is in no line, whatever brought it there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { secretsOf } from './config.ts';

const program = `
  import { createLog } from ${JSON.stringify(path.join(import.meta.dirname, 'log.ts'))};
  const { fields, secrets = [], format, error } = JSON.parse(process.argv[1]);
  const log = createLog({ service: 'test', level: 'info', format, secrets });
  const cause = new Error(error);
  log.child({ requestId: 'r-1' }).info({ ...fields, error: new Error('failed: ' + error, { cause }) }, 'a sentence');
`;

interface Logged {
  readonly fields?: Record<string, unknown>;
  readonly error?: string;
  readonly secrets?: readonly string[];
  readonly format?: 'json' | 'pretty';
}

/** What a process of its own writes on stdout, there or on a terminal. */
async function written(what: Logged): Promise<string> {
  const args = ['--input-type=module', '-e', program, JSON.stringify({ error: '', ...what })];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe('a line', () => {
  const shaped: [string, string, string][] = [
    ['the password of a database', 'postgresql://ocr:s3cr3t-pw@db:5432/ocr', 's3cr3t-pw'],
    ['the password of a broker', 'amqps://ocr:p%40ss-word@mq/v', 'p%40ss-word'],
    [
      'the signature of a URL of ours',
      'http://api/objects/uploads/1/a.jpg?expires=9&type=image%2Fjpeg&signature=AbC-dEf_123',
      'AbC-dEf_123',
    ],
    [
      'the signature of an S3 URL',
      'https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAEXAMPLE%2F2026&X-Amz-Signature=0a1b2c3d4e',
      '0a1b2c3d4e',
    ],
    ['a token in a query', 'GET /api/events?access_token=tok-en-0123 failed', 'tok-en-0123'],
    ['a bearer token', 'sent Authorization: Bearer abcdef0123456789', 'abcdef0123456789'],
    ['the subprotocol of a browser', 'offered bearer.abcdef0123456789', 'abcdef0123456789'],
  ];
  for (const [what, text, secret] of shaped) {
    test(`has not ${what}, as a field or in an error`, async () => {
      const line = await written({ fields: { text, deep: { list: [text] } }, error: text });
      assert.doesNotMatch(line, new RegExp(secret.replace(/\W/g, '.')));
      assert.ok(line.split('[redacted]').length > 4, line);
      assert.equal(JSON.parse(line).requestId, 'r-1', 'it is still JSON, with all that helps');
    });
  }

  test('has no secret of the configuration, in whatever form', async () => {
    const config = {
      CRICKSY_API_TOKEN: 'token with "quotes" and spaces',
      CRICKSY_SIGNING_SECRET: 'a-signing-secret-of-ours',
      CRICKSY_S3_SECRET_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfi',
      CRICKSY_DATABASE_PASSWORD: 'pass:word@host/1',
      DATABASE_URL: 'postgresql://u:another%20word@db/x',
      CRICKSY_POOLS: ['default'],
      LOG_LEVEL: 'information',
    };
    const secrets = secretsOf(config);
    assert.ok(!secrets.includes('information') && secrets.length === 6);
    const { CRICKSY_POOLS: _, LOG_LEVEL: __, DATABASE_URL: ___, ...secret } = config;
    const values = [...Object.values(secret), 'another word'];
    const encoded = values.map(encodeURIComponent);
    const error = [...values, ...encoded].join(' - ');
    const line = await written({ fields: { values, encoded }, error, secrets });
    const { values: seen, encoded: seenEncoded } = JSON.parse(line);
    for (const one of [...seen, ...seenEncoded]) assert.equal(one, '[redacted]');
    for (const value of [...values, ...encoded]) assert.ok(!line.includes(value), value);
  });

  test('has no header or field that is named as a secret', async () => {
    const headers = { authorization: 'Basic dTpw\\"x', cookie: 'sid=1', accept: '*/*' };
    const { headers: seen } = JSON.parse(await written({ fields: { headers } }));
    assert.deepEqual(seen, { authorization: '[redacted]', cookie: '[redacted]', accept: '*/*' });
  });
});

test('on a terminal a line is for people, elsewhere for programs', async () => {
  const words = JSON.stringify({ error: '', fields: { url: 'http://u:password1@h/' } });
  const command = [process.execPath, '--input-type=module', '-e', program, words];
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  // A pseudo terminal; the program is another one on a Mac.
  const args =
    process.platform === 'darwin' ? ['-q', '/dev/null', ...command] : ['-qec', quoted, '/dev/null'];
  const { stdout } = await promisify(execFile)('script', args);
  const seen = stripVTControlCharacters(stdout);
  assert.match(seen, /INFO.* a sentence/);
  assert.doesNotMatch(seen, /^\{"level"|password1/m);
  assert.equal(JSON.parse(await written({})).msg, 'a sentence');
});
