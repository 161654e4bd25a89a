// The calls themselves: what an upload of one page has our metrics and logs do, in a loop, without
// the system around them (`node bench/telemetry/direct.ts`).
import { spawn } from 'node:child_process';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { logEvents } from '#core/ledger/events/log-events.ts';
import { createRedaction } from '#core/redaction.ts';
import { createStdout } from '#core/stdout.ts';
import { gatewayMetrics } from '../../services/gateway/metrics.ts';
import { pageRead } from '../../services/testing/ledger.ts';
import { workerMetrics } from '../../services/worker/metrics.ts';

const times = 5_000;
const uploadId = '0190c2a0-0000-7000-8000-000000000000';

function microseconds(work: () => void): number {
  for (let n = 0; n < times / 5; n++) work();
  const before = process.cpuUsage();
  for (let n = 0; n < times; n++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

const reader = spawn('cat', [], { stdio: ['pipe', 'ignore', 'inherit'] });
const pipe = (reader.stdin as unknown as { _handle: { fd: number } })._handle.fd;
const out = createStdout(pipe);
const redact = createRedaction(['a-secret-of-some-length', 'another-one-of-them']);
const settings = { formatters: { level: (label: string) => ({ level: label }) } };

function logsTo(write: (line: string) => void): () => void {
  const log = pino(settings, { write });
  const tell = logEvents(log);
  const data = { request_id: uploadId, version: 3, status_reason: null };
  const task = log.child({ uploadId, requestId: uploadId, taskId: uploadId, attempt: 1 });
  return () => {
    tell([{ uploadId, type: 'upload.initiated', data }]);
    tell([{ uploadId, type: 'upload.uploaded', data }]);
    log.info({ uploadId, taskId: uploadId, dispatch: 1, pool: 'default' }, 'task dispatched');
    task.info({ kind: 'open', waited: 0.01, tookOver: false }, 'task claimed');
    tell([{ uploadId, type: 'upload.processing', data }]);
    task.info({ pages: 1, ranges: 0 }, 'task done');
    tell([{ uploadId, type: 'upload.parsed', data }]);
    tell([{ uploadId, type: 'upload.applied', data }]);
  };
}

const worker = workerMetrics(new Registry(), 'default');
const gateway = gatewayMetrics(new Registry());
const page = pageRead(1);
const placed = { type: 'upload.parsed', error_code: null, lag: 0.01, turnaround: 0.3 };

function ofWorker(): void {
  for (const stage of ['wait', 'fetch', 'store', 'commit'] as const) worker.stage(stage, 0.1);
  if (page.status === 'done') worker.pageRead(page.summary);
  worker.attempt('done');
  worker.task('open', 0.2);
}

function ofGateway(): void {
  for (let n = 0; n < 5; n++) {
    gateway.request()({ method: 'GET', route: '/api/uploads/:id', status: 200, seconds: 0.01 });
  }
  gateway.placed([placed, placed, placed, placed]);
  gateway.dispatch.dispatched('default', 1, [0.01]);
}

const results = {
  'metrics of the worker': microseconds(ofWorker),
  'metrics of the gateway, five requests': microseconds(ofGateway),
  'eight lines, made': microseconds(logsTo(() => undefined)),
  'eight lines, secrets blotted out': microseconds(logsTo((line) => void redact(line))),
  'eight lines, and written to a pipe': microseconds(logsTo((line) => out.write(redact(line)))),
};
reader.kill();
for (const [what, cpu] of Object.entries(results)) {
  process.stdout.write(`${what}: ${cpu.toFixed(0)} us\n`);
}
