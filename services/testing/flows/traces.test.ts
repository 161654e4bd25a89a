// Traces as a collector gets them from running processes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { InitiateAnswer } from '#core/messages.ts';
import { eventually, post, put, until } from '../client.ts';
import { fixture } from '../fixtures.ts';
import { type ReceivedSpan, startReceiver, type TraceReceiver } from '../otlp.ts';
import { createSystem, type System } from '../system.ts';

let receiver: TraceReceiver;
let system: System;
let api: string;
before(async () => {
  receiver = await startReceiver();
  system = await createSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  api = await system.open();
});
after(async () => {
  await system.stop();
  await receiver.close();
});

async function applied(headers: Record<string, string> = {}): Promise<string> {
  const body = { filename: 'card.jpg', content_type: 'image/jpeg' };
  const answer = await post(`${api}/api/uploads/initiate`, body, headers);
  const { upload_id: id, presigned_url } = (await answer.json()) as InitiateAnswer;
  await put(presigned_url, fixture('receipt.jpg'));
  await post(`${api}/api/uploads/${id}/complete`);
  await until(api, id, 'parsed');
  await post(`${api}/api/uploads/${id}/apply`, { confirm: true });
  return id;
}

/** All spans of the trace, once the last ones have come. */
function traceOf(traceId: string): Promise<ReceivedSpan[]> {
  return eventually(async () => {
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    const names = spans.map(({ name }) => name);
    const last = ['read task', 'POST /api/uploads/:id/apply'];
    return last.every((name) => names.includes(name)) ? spans : undefined;
  });
}

const one = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `${name}: ${found.length}`);
  return found[0] as ReceivedSpan;
};

test('one trace leads from initiate to apply through gateway, ledger, broker and worker', async () => {
  const id = await applied();
  const [row] = await system.db.query<{ traceparent: string }>(
    'select traceparent from uploads where id = $1',
    [id],
  );
  const spans = await traceOf(row?.traceparent.split('-')[1] ?? '');
  const [initiate, complete, dispatch, read, page, apply] = [
    'POST /api/uploads/initiate',
    'POST /api/uploads/:id/complete',
    'dispatch task',
    'read task',
    'page',
    'POST /api/uploads/:id/apply',
  ].map((name) => one(spans, name)) as [
    ReceivedSpan,
    ReceivedSpan,
    ReceivedSpan,
    ReceivedSpan,
    ReceivedSpan,
    ReceivedSpan,
  ];
  assert.equal(initiate.parentSpanId, '');
  for (const span of [complete, dispatch, apply]) {
    assert.equal(span.parentSpanId, initiate.spanId, span.name);
    assert.equal(span.service, 'cricksy-ocr-gateway');
  }
  assert.equal(read.parentSpanId, dispatch.spanId, 'over the broker');
  assert.equal(read.service, 'cricksy-ocr-worker');
  assert.deepEqual([initiate.kind, dispatch.kind, read.kind, page.kind], [2, 4, 5, 1]);
  for (const name of ['fetch', 'page', 'commit']) {
    assert.equal(one(spans, name).parentSpanId, read.spanId, name);
  }
  assert.equal(one(spans, 'store').parentSpanId, page.spanId);
  assert.equal(read.attributes['cricksy.upload'], id);
  const recognise = Number(page.attributes['cricksy.recognise']);
  assert.ok(recognise > 0 && recognise <= page.duration, 'seconds of the engine within the page');
  assert.ok(spans.every((span) => span.status !== 2));
});

test('the trace of a caller who has one is gone on with', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await applied({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  const spans = await traceOf(traceId);
  assert.equal(one(spans, 'POST /api/uploads/initiate').parentSpanId, 'b7ad6b7169203331');
});

test('what a caller does not want recorded is not sent', async () => {
  const traceId = '1bf7651916cd43dd8448eb211c80319d';
  await applied({ traceparent: `00-${traceId}-b7ad6b7169203331-00` });
  const later = await applied();
  await eventually(async () =>
    receiver.spans.find((span) => span.attributes['cricksy.upload'] === later),
  );
  assert.deepEqual(
    receiver.spans.filter((span) => span.traceId === traceId),
    [],
  );
});

test('a collector that is away costs nothing but the traces', async (t) => {
  const away = await createSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  t.after(() => away.stop());
  const [gateway, worker] = await Promise.all([away.startGateway(), away.startWorker()]);
  const answer = await post(`${gateway.url}/api/uploads/initiate`, {
    filename: 'card.jpg',
    content_type: 'image/jpeg',
  });
  assert.equal(answer.status, 201);
  assert.deepEqual([await gateway.kill('SIGTERM'), await worker.kill('SIGTERM')], [0, 0]);
});

/** Tells when a process loads what makes spans; prom-client always loads the interfaces. */
const spy = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(name, context, next) {
      if (name === '@opentelemetry/sdk-trace') process.stderr.write('loads ' + name + '\\n');
      return next(name, context);
    },
  });
`)}`;

test('without a variable that asks for traces nothing that makes them is loaded', async (t) => {
  const quiet = await createSystem({ NODE_OPTIONS: `--import=${spy}` });
  t.after(() => quiet.stop());
  const loads = async (env: Record<string, string>) => {
    const processes = await Promise.all([quiet.startGateway(env), quiet.startWorker(env)]);
    return processes.map((process) => process.output().includes('loads @opentelemetry/sdk-trace'));
  };
  assert.deepEqual(await loads({}), [false, false]);
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  assert.deepEqual(await loads({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), [false, false]);
  assert.deepEqual(await loads({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }), [false, false]);
  assert.deepEqual(await loads(endpoint), [true, true]);
});
