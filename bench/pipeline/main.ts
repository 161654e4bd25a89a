// What the pipeline around the engine costs, through the real process tree: `make bench`.
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fixturePath, scannedPdf } from '../../services/testing/fixtures.ts';
import { findSamples } from '../data.ts';
import { publish } from '../report.ts';
import { mean, median, spread } from '../statistics.ts';
import { stopOnSignals } from '../stop-on-signals.ts';
import { format } from '../targets.ts';
import { measureBare } from './bare.ts';
import { type BenchFile, loadFile } from './client.ts';
import {
  measureIdle,
  measureLatency,
  measureMemory,
  measurePdf,
  measureThroughput,
  type Throughput,
} from './measure.ts';
import { roles, startStandalone } from './standalone.ts';

const rounds = Number(process.env['CRICKSY_BENCH_ROUNDS'] ?? 3);
const uploads = Number(process.env['CRICKSY_BENCH_UPLOADS'] ?? 500);
const data = process.env['CRICKSY_BENCH_DATA'];
const samples = findSamples(data);
const cores = 2;

const word = fixturePath('word.jpg');
const pdf = path.join(tmpdir(), `cricksy-bench-${process.pid}.pdf`);
writeFileSync(pdf, scannedPdf(6));
const one = await startStandalone(1);
const two = await startStandalone(cores);
const stop = async () => {
  rmSync(pdf, { force: true });
  await Promise.all([one.stop(), two.stop()]);
};
stopOnSignals(stop);
try {
  await run();
} finally {
  await stop();
}

async function run(): Promise<void> {
  const words = [loadFile(word)];
  await measureThroughput(two, words, 20);
  const idle = await measureIdle(two);
  const small: Throughput[] = [];
  for (let round = 0; round < rounds; round++) {
    small.push(await measureThroughput(two, words, uploads));
  }
  const latency = await measureLatency(two, loadFile(word), 40);
  const pdfs = await measurePdf([one, two], loadFile(pdf), rounds);
  const memory = measureMemory(two);
  const groups = [];
  for (const group of ['receipt', 'snippet']) groups.push(await compareWithBare(group));

  const overhead = latency.map(({ waitedMs, engineMs }) => waitedMs - engineMs);
  const outside = (round: (typeof small)[number]) =>
    round.cpuPerUpload.gateway +
    round.cpuPerUpload.worker +
    round.cpuPerUpload.postgres +
    round.cpuPerUpload.standalone;
  const ofUploads = spread(small.map((round) => round.perSecond));
  const row = (name: string, values: readonly number[], unit: string) => {
    const { median: middle, min, max } = spread(values);
    return [name, `${format(middle)} ${unit}`, format(min), format(max)];
  };
  publish({
    name: 'pipeline',
    command: `make bench CRICKSY_BENCH_ROUNDS=${rounds} CRICKSY_BENCH_UPLOADS=${uploads}${data ? ' CRICKSY_BENCH_DATA=...' : ''}`,
    notes: [
      `${rounds} rounds of ${uploads} uploads of one word (16 at a time), ${two.slots} slots, client on the same cores`,
      '"outside" is all CPU of the tree but the engine processes; the client is not counted',
    ],
    tables: [
      {
        title: 'One word',
        columns: ['', 'median', 'min', 'max'],
        rows: [
          row(
            'uploads per second',
            small.map((round) => round.perSecond),
            '/s',
          ),
          row('CPU outside of the engines, per upload', small.map(outside), 'ms'),
          ...roles.map((role) =>
            row(
              `CPU of ${role}, per upload`,
              small.map((round) => round.cpuPerUpload[role]),
              'ms',
            ),
          ),
          row(
            'complete to parsed, idle',
            latency.map(({ waitedMs }) => waitedMs),
            'ms',
          ),
          row('the same less the engine', overhead, 'ms'),
        ],
      },
      {
        title: 'A PDF of 6 scanned pages',
        columns: ['', 'median', 'min', 'max'],
        rows: pdfs.map(({ slots, ms }) =>
          row(`${slots} ${slots === 1 ? 'slot' : 'slots'}`, ms, 'ms'),
        ),
      },
      {
        title: 'Against the bare engine, both cores (files per second)',
        columns: ['', 'bare', 'pipeline', 'ratio'],
        rows: groups.map(({ group, bare, pipeline, ratio }) => [
          group,
          format(median(bare)),
          format(median(pipeline)),
          format(ratio),
        ]),
      },
      {
        title: 'Memory after all that (MiB, PSS)',
        columns: ['process', 'MiB'],
        rows: memory.map(({ name, mib }) => [name, format(mib)]),
      },
      {
        title: 'Idle for 20 s',
        columns: ['', 'CPU ms per second'],
        rows: roles.map((role) => [role, format(idle[role])]),
      },
    ],
    targets: [
      {
        name: 'complete to parsed less the engine, idle (median)',
        value: median(overhead),
        unit: 'ms',
        want: { atMost: 25 },
      },
      ...groups.map(({ group, ratio }) => ({
        name: `pipeline over bare engine, ${group}s`,
        value: ratio,
        unit: 'x',
        want: { atLeast: group === 'receipt' ? 0.95 : 0.85 },
      })),
    ],
    raw: { small, latency, pdfs, memory, idle, groups, uploadsPerSecond: ofUploads },
  });
}

async function compareWithBare(group: string) {
  const paths = samples.filter((sample) => sample.group === group).map((sample) => sample.path);
  const files: BenchFile[] = paths.map(loadFile);
  const count = Math.max(24, 2 * files.length);
  const bare: number[] = [];
  const pipeline: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await measureBare(paths, count, cores));
    pipeline.push((await measureThroughput(two, files, count)).perSecond);
  }
  return { group, count, bare, pipeline, ratio: mean(pipeline) / mean(bare) };
}
