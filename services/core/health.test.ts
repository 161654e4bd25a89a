import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { AppError } from './errors.ts';
import { check, createInternalServer, type ProbeOptions } from './health.ts';
import { createMetrics } from './metrics.ts';

async function serve(t: TestContext, options: ProbeOptions): Promise<string> {
  const server = createInternalServer(options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the internal port', () => {
  test('says alive whatever its dependencies do', async (t) => {
    const url = await serve(t, { ready: () => Promise.reject(new Error('down')) });
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 503);
  });

  test('is ready when all checks are ok, and says which is not', async (t) => {
    let ok = true;
    const url = await serve(t, { ready: async () => ({ database: { ok, ms: 1 } }) });
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    ok = false;
    const response = await fetch(`${url}/readyz?verbose`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), {
      status: 'not ready',
      checks: { database: { ok: false, ms: 1 } },
    });
  });

  test('gives metrics in the form of Prometheus', async (t) => {
    const metrics = createMetrics({ service: 'test', version: '1.2.3' });
    const url = await serve(t, { metrics, ready: async () => ({}) });
    const response = await fetch(`${url}/metrics`);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    assert.match(text, /^cricksy_ocr_build_info\{service="test",version="1\.2\.3"\} 1$/m);
    assert.match(text, /^process_cpu_seconds_total /m);
    assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  });

  test('answers nothing else', async (t) => {
    const url = await serve(t, { ready: async () => ({}) });
    assert.equal((await fetch(`${url}/metrics`)).status, 404);
    assert.equal((await fetch(`${url}/__proto__`)).status, 404);
    assert.equal((await fetch(`${url}/livez`, { method: 'POST' })).status, 404);
  });
});

describe('a check', () => {
  test('is ok when its probe resolves', async () => {
    const { ok, ms } = await check(async () => 'anything');
    assert.equal(ok, true);
    assert.ok(ms >= 0);
  });

  test('tells the code of a failure, never its text', async () => {
    const named = await check(() => Promise.reject(new AppError('ledger.unavailable')));
    assert.equal(named.error, 'ledger.unavailable');
    const unnamed = await check(() => Promise.reject(new Error('password=hunter2')));
    assert.equal(unnamed.error, 'internal');
    const thrown = await check(() => {
      throw new AppError('broker.unavailable');
    });
    assert.equal(thrown.error, 'broker.unavailable');
  });

  test('does not wait for ever', async () => {
    const result = await check(() => new Promise(() => undefined), { timeoutMs: 20 });
    assert.equal(result.ok, false);
    assert.equal(result.error, 'timeout');
  });
});
