// Where the CPU of one upload goes: by process, by stage of the engine, and by part of the code
// in gateway and worker (`node bench/profile/main.ts [file]`; V8's profiler costs some itself).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stages } from '#core/domain/pages.ts';
import { fixturePath } from '../../services/testing/fixtures.ts';
import { connect, loadFile } from '../pipeline/client.ts';
import { cpuByRole, difference, roles, startStandalone } from '../pipeline/standalone.ts';
import { publish } from '../report.ts';
import { mean } from '../statistics.ts';
import { stopOnSignals } from '../stop-on-signals.ts';
import { format } from '../targets.ts';
import { summariseProfile } from './summarise.ts';

const uploads = Number(process.env['CRICKSY_BENCH_UPLOADS'] ?? 300);
const file = loadFile(process.argv[2] ?? fixturePath('print.png'));
const folder = mkdtempSync(path.join(tmpdir(), 'cricksy-profile-'));
const standalone = await startStandalone(2, {
  NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}`,
});
stopOnSignals(() => standalone.stop());
const client = await connect(standalone.url);
await client.uploadAll([file], 30, 8);
const before = cpuByRole(standalone);
const done = await client.uploadAll([file], uploads, 8);
const used = difference(cpuByRole(standalone), before);
const costs = await Promise.all(
  done.slice(0, 50).map(({ status }) => client.stagesOf(status.upload_id)),
);
client.close();
await standalone.stop();

const profiles = readdirSync(folder).map((name) =>
  summariseProfile(readFileSync(path.join(folder, name), 'utf8')),
);
rmSync(folder, { recursive: true });
const total = roles.reduce((sum, role) => sum + used[role], 0) / uploads;
publish({
  name: 'profile',
  command: `node bench/profile/main.ts (${file.name}, ${uploads} uploads, 8 at a time)`,
  notes: [`${format(total)} ms of CPU per upload, profiler included`],
  tables: [
    {
      title: 'By process, per upload',
      columns: ['', 'CPU ms'],
      rows: roles.map((role) => [role, format(used[role] / uploads)]),
    },
    {
      title: 'By stage of the engine, per upload',
      columns: ['', 'CPU ms'],
      rows: stages.map((stage) => [
        stage,
        format(mean(costs.map((cost) => cost[stage]?.cpu_ms ?? 0))),
      ]),
    },
    ...profiles
      .filter(({ program }) => program === 'gateway' || program === 'worker')
      .map(({ program, parts, functions }) => ({
        title: `JavaScript of the ${program}, share of its busy time`,
        columns: ['', '%'],
        rows: [...parts.slice(0, 15), ['', ''], ...functions.slice(0, 25)],
      })),
  ],
  targets: [],
  raw: { used, profiles },
});
