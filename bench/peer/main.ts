// Side by side with the stack that this system replaces: `CRICKSY_PEER_DIR=folder make bench-peer`.
// The folder has `up` (starts it, prints its URL), `down`, and `bench`, a client that speaks the
// upload contract; that one client measures both, in alternated rounds with the same interval of polling.
// CRICKSY_BENCH_PARTS=rabbitmq gives both sides RabbitMQ and an S3 server, as deployments have them.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { startStandalone } from '../pipeline/standalone.ts';
import { publish } from '../report.ts';
import { stopOnSignals } from '../stop-on-signals.ts';
import { memoryOfOurs, memoryOfPeer } from './memory.ts';
import { startPeer } from './peer.ts';
import { describe } from './report.ts';
import { runScenario, type Scenario, type ScenarioResult } from './scenario.ts';

const folder = process.env['CRICKSY_PEER_DIR'];
const scripts = ['up', 'down', 'bench'];
if (!folder || !scripts.every((name) => existsSync(path.join(folder, name)))) {
  process.stderr.write(
    `CRICKSY_PEER_DIR must name a folder with ${scripts.join(', ')}: the stack to compare with\n`,
  );
  process.exit(1);
}
const rounds = Number(process.env['CRICKSY_BENCH_ROUNDS'] ?? 3);
const words = Number(process.env['CRICKSY_BENCH_UPLOADS'] ?? 500);
const data = process.env['CRICKSY_BENCH_DATA']
  ?.split(':')
  .find((one) => existsSync(path.join(one, 'pdf')));
const parts = process.env['CRICKSY_BENCH_PARTS'] === 'rabbitmq' ? 'rabbitmq' : 'embedded';
const only = process.env['CRICKSY_BENCH_SCENARIOS']?.split(',');

const scenarios: readonly Scenario[] = [
  { name: 'tiny', title: 'one word', arguments: ['--n', `${words}`, '--concurrency', '16'] },
  { name: 'snippet', title: 'snippet', arguments: [] },
  { name: 'receipt', title: 'receipt', arguments: [] },
  { name: 'page', title: 'page', arguments: ['--n', '4', '--warmup', '2', '--concurrency', '4'] },
  {
    name: 'pdf',
    title: '6-page PDF',
    arguments: ['--n', '2', '--warmup', '1', '--concurrency', '1', '--poll-ms', '50'],
  },
  { name: 'api', title: 'initiate', arguments: [] },
  { name: 'api-status', title: 'status', arguments: [] },
];

const peer = await startPeer(folder, parts === 'rabbitmq' ? { PEER_BROKER: 'rabbitmq' } : {});
const ours = await startStandalone(2, {
  ...(parts === 'rabbitmq' && { CRICKSY_LOCAL_RABBITMQ: 'yes', CRICKSY_LOCAL_S3: 'yes' }),
});
const stop = () => Promise.all([ours.stop(), peer.stop()]);
stopOnSignals(stop);
const results: ScenarioResult[] = [];
let memory: { ours: number; peer: number } | undefined;
try {
  for (const scenario of scenarios.filter(({ name }) => only?.includes(name) ?? true)) {
    process.stderr.write(`${scenario.title}\n`);
    results.push(await runScenario(scenario, { folder, ours, peer, rounds, data }));
    // After work and before the flood of requests, as a deployment looks all day.
    if (!scenario.name.startsWith('api')) {
      memory = { ours: memoryOfOurs(ours), peer: memoryOfPeer(peer) };
    }
  }
} finally {
  await stop();
}
publish({
  name: parts === 'rabbitmq' ? 'peer-rabbitmq' : 'peer',
  command: `make bench-peer CRICKSY_BENCH_PARTS=${parts} CRICKSY_BENCH_ROUNDS=${rounds} CRICKSY_BENCH_UPLOADS=${words}`,
  notes: [
    `${rounds} rounds, taken in turns; median over the rounds; two slots and Tesseract's fast model on both sides`,
    parts === 'rabbitmq'
      ? 'both on PostgreSQL, RabbitMQ and an S3 server'
      : 'ours with embedded parts (PostgreSQL, files), the peer on PostgreSQL, Redis and an S3 server',
    'ratio: ours over the peer; CPU is of every process of either side, polls of the client included',
  ],
  ...describe(results, memory, { overhead: parts === 'rabbitmq' ? 0.6 : 0.4 }),
});
