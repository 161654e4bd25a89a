import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { serve } from './fixture.ts';

test('what is no request is told so as a problem, and the next caller is served', async (t) => {
  const { url } = await serve(t, {});
  const sent = async (bytes: string) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  };
  const long = 'x'.repeat(20_000);
  for (const [bytes, status, code] of [
    ['garbage\r\n\r\n', 400, 'request.not_http'],
    [`GET /${long} HTTP/1.1\r\nhost: x\r\n\r\n`, 431, 'request.headers_too_large'],
    [`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${long}\r\n\r\n`, 431, 'request.headers_too_large'],
  ] as const) {
    const answer = await sent(bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
    assert.match(head, /^content-type: application\/problem\+json\r$/m);
    const problem = JSON.parse(body);
    assert.deepEqual([problem.status, problem.code], [status, code]);
  }
  assert.equal((await fetch(`${url}/api/openapi.json`)).status, 200);
});
