// The engine side by side with tesseract.js and the tesseract command, file by file on one core:
// `make bench`. The order of the contestants changes with every round.
import { findSamples, type Sample, some } from '../data.ts';
import { output } from '../machine.ts';
import { publish } from '../report.ts';
import { score } from '../score.ts';
import { median } from '../statistics.ts';
import { contestants } from './contestants.ts';
import { describe, type Measured } from './report.ts';
import type { Reading } from './runner.ts';
import { type Runner, startRunner } from './start-runner.ts';
import { measureStart } from './start-time.ts';

const rounds = Number(process.env['CRICKSY_BENCH_ROUNDS'] ?? 3);
const perGroup = Number(process.env['CRICKSY_BENCH_FILES'] ?? 12);
const data = process.env['CRICKSY_BENCH_DATA'];
/** The last one: interrupts and others tend to sit on the first. */
const core = output('taskset', ['--version']) ? 1 : undefined;

const samples = some(findSamples(data).filter(isImage), perGroup);
const startTimes = await measureStart(7);
const runners = new Map<string, Runner>();
for (const name of contestants) runners.set(name, await startRunner(name, { core }));
const measured: Measured[] = [];
const peaks: Record<string, number> = {};
for (const sample of samples) measured.push(...(await measure(sample)));
for (const runner of runners.values()) runner.stop();
publish({
  name: 'engine',
  command: `make bench CRICKSY_BENCH_ROUNDS=${rounds} CRICKSY_BENCH_FILES=${perGroup}${data ? ' CRICKSY_BENCH_DATA=...' : ''}`,
  notes: [
    `${rounds} rounds, ${samples.length} files, ${core === undefined ? 'no core of its own (taskset is missing)' : 'all on one core'}`,
    ...[...runners].map(([name, runner]) => `${name}: ${runner.version}`),
    'quicker: CPU time of the other one over ours, median over the files [min..max]',
  ],
  ...describe({ measured, startTimes, peaks }),
});

/** What all contestants read: tesseract.js and the command no PDF, tesseract.js not every TIFF. */
function isImage({ path }: Sample): boolean {
  return !/\.(pdf|tiff?)$/i.test(path);
}

async function measure(sample: Sample): Promise<Measured[]> {
  const readings = new Map<string, Reading[]>(contestants.map((name) => [name, []]));
  // The first round only warms caches and compilers.
  for (let round = 0; round <= rounds; round++) {
    const turn = round % contestants.length;
    for (const name of [...contestants.slice(turn), ...contestants.slice(0, turn)]) {
      const reading = await runners.get(name)?.read(sample.path);
      if (!reading) continue;
      if (round > 0) readings.get(name)?.push(reading);
      peaks[name] = Math.max(peaks[name] ?? 0, reading.peakMiB);
    }
  }
  process.stderr.write(`${sample.name}\n`);
  return contestants.map((contestant) => {
    const own = readings.get(contestant) ?? [];
    const right = sample.truth === undefined ? undefined : score(own[0]?.text ?? '', sample.truth);
    return {
      sample: { name: sample.name, group: sample.group },
      contestant,
      ms: median(own.map(({ ms }) => ms)),
      cpuMs: median(own.map(({ cpuMs }) => cpuMs)),
      readings: own.map(({ text: _text, ...costs }) => costs),
      cer: sample.ordered ? right?.cer : undefined,
      wordF1: right?.wordF1,
    };
  });
}
