// What tracing costs where nobody asks for it: CPU of a start and idle memory of a gateway and a worker
// as they are, with no such code at all, and with traces on (`node bench/telemetry/start.ts`). They wait for a
// database that is not there, with everything loaded.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, processTree } from '../processes.ts';
import { publish } from '../report.ts';
import { median } from '../statistics.ts';
import { format } from '../targets.ts';
import { instead } from './instead.ts';

const rounds = Number(process.env['CRICKSY_BENCH_ROUNDS'] ?? 9);
const settleMs = 2_000;

const contestants: Record<string, Record<string, string>> = {
  off: {},
  'no such code': instead('#core/tracing.ts', 'no-tracing.ts'),
  on: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
};

interface Start {
  /** Milliseconds until it waits for its database. */
  readonly cpuMs: number;
  /** MiB. */
  readonly memory: number;
}

async function start(service: string, env: Record<string, string>): Promise<Start> {
  const child = fork(path.join(import.meta.dirname, `../../services/${service}/main.ts`), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none',
      CRICKSY_OBJECTS_DIR: '/nonexistent',
      CRICKSY_SIGNING_SECRET: 'of no importance here',
      CRICKSY_WORKER_SLOTS: '1',
      LOG_LEVEL: 'warn',
      ...env,
    },
  });
  const ended = once(child, 'exit');
  // It says that it waits for the schema.
  if (child.stdout) await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  const cpuMs = processTree(pid).find((one) => one.pid === pid)?.cpuMs ?? Number.NaN;
  await sleep(settleMs);
  const memory = memoryOf(pid);
  child.kill('SIGKILL');
  await ended;
  return { cpuMs, memory };
}

const services = ['gateway', 'worker'];
const measured: (Start & { service: string; name: string })[] = [];
for (let round = 0; round < rounds; round++) {
  const order = Object.entries(contestants);
  for (const [name, env] of round % 2 ? order.toReversed() : order) {
    for (const service of services)
      measured.push({ service, name, ...(await start(service, env)) });
  }
}
publish({
  name: 'telemetry-start',
  command: `node bench/telemetry/start.ts (${rounds} rounds)`,
  notes: ['medians; memory is PSS, 2 s after the start'],
  tables: services.map((service) => ({
    title: `Start of a ${service}`,
    columns: ['tracing', 'CPU ms', 'MiB'],
    rows: Object.keys(contestants).map((name) => {
      const own = measured.filter((one) => one.service === service && one.name === name);
      const of = (key: keyof Start) => format(median(own.map((one) => one[key])));
      return [name, of('cpuMs'), of('memory')];
    }),
  })),
  targets: [],
  raw: measured,
});
