// What metrics and logs cost: two trees of the same code in turns, one with both and scraped, one that
// loads nothing of prom-client and logs nothing (`node bench/telemetry/main.ts [file]`).
import { fixturePath } from '../../services/testing/fixtures.ts';
import { connect, loadFile } from '../pipeline/client.ts';
import {
  cpuByRole,
  difference,
  type Role,
  roles,
  startStandalone,
} from '../pipeline/standalone.ts';
import { publish } from '../report.ts';
import { median, sum } from '../statistics.ts';
import { stopOnSignals } from '../stop-on-signals.ts';
import { format } from '../targets.ts';
import { instead } from './instead.ts';

const rounds = Number(process.env['CRICKSY_BENCH_ROUNDS'] ?? 12);
const uploads = Number(process.env['CRICKSY_BENCH_UPLOADS'] ?? 60);
const file = loadFile(process.argv[2] ?? fixturePath('word.jpg'));
const scrapeMs = 15_000;

const trees = [
  await startStandalone(2, { LOG_LEVEL: 'info', CRICKSY_LOG_FORMAT: 'json' }),
  await startStandalone(2, { LOG_LEVEL: 'silent', ...instead('prom-client', 'no-metrics.ts') }),
] as const;
const stop = () => Promise.all(trees.map((tree) => tree.stop()));
stopOnSignals(stop);
const scraping = setInterval(() => void fetch(`${trees[0].url}/metrics`), scrapeMs);

/** CPU milliseconds of one upload, by process. */
async function run(which: 0 | 1): Promise<Record<Role, number>> {
  // Connections would not outlive the other's turn.
  const client = await connect(trees[which].url);
  const before = cpuByRole(trees[which]);
  await client.uploadAll([file], uploads, 4);
  const used = difference(cpuByRole(trees[which]), before);
  client.close();
  return Object.fromEntries(roles.map((role) => [role, used[role] / uploads])) as Record<
    Role,
    number
  >;
}

await run(0);
await run(1);
const measured: { on: Record<Role, number>; off: Record<Role, number> }[] = [];
for (let round = 0; round < rounds; round++) {
  if (round % 2) {
    const off = await run(1);
    measured.push({ on: await run(0), off });
  } else {
    const on = await run(0);
    measured.push({ on, off: await run(1) });
  }
}
clearInterval(scraping);
await stop();

// Neither engines nor PostgreSQL write metrics or logs: what they differ by is the machine.
const ours = ['gateway', 'worker'] as const;
const of = (cpu: Record<Role, number>) => sum(ours.map((role) => cpu[role]));
const extra = median(measured.map(({ on, off }) => of(on) - of(off)));
const whole = median(measured.map(({ off }) => sum(Object.values(off))));
const middle = (which: 'on' | 'off', role: Role) => median(measured.map((one) => one[which][role]));
publish({
  name: 'telemetry',
  command: `node bench/telemetry/main.ts (${file.name}, ${rounds} rounds of ${uploads} uploads, 4 at a time)`,
  notes: [
    `${format(extra)} ms of CPU more for each upload with metrics and logs, median of the differences within a round`,
    `${format(whole)} ms of CPU is a whole upload without them`,
  ],
  tables: [
    {
      title: 'CPU ms of one upload, medians',
      columns: ['', 'metrics and logs', 'neither'],
      rows: roles.map((role) => [role, format(middle('on', role)), format(middle('off', role))]),
    },
  ],
  targets: [
    {
      name: 'CPU of metrics and logs, of an upload',
      value: (100 * extra) / whole,
      unit: '%',
      want: { atMost: 2 },
    },
  ],
  raw: measured,
});
