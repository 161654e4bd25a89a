// The tables and targets of the engine benchmark.
import type { Sample } from '../data.ts';
import type { Report } from '../report.ts';
import { mean, median, spread } from '../statistics.ts';
import { format, type Target } from '../targets.ts';
import { contestants } from './contestants.ts';
import type { Reading } from './runner.ts';

/** One file, read by one contestant. */
export interface Measured {
  readonly sample: Pick<Sample, 'name' | 'group'>;
  readonly contestant: string;
  readonly ms: number;
  readonly cpuMs: number;
  readonly readings: readonly Omit<Reading, 'text'>[];
  /** Undefined: the truth has no order, or there is none. */
  readonly cer: number | undefined;
  readonly wordF1: number | undefined;
}

export interface EngineFigures {
  readonly measured: readonly Measured[];
  readonly startTimes: readonly number[];
  /** MiB by contestant. */
  readonly peaks: Record<string, number>;
}

const pairs = [
  ['tesseract.js', 'ours accurate'],
  ['tesseract.js', 'ours fast'],
  ['tesseract', 'ours fast'],
] as const;
/** Times as quick as the command, which starts and loads its model for every file. */
const overCommand: Record<string, number> = { receipt: 1.3, snippet: 1.7, page: 1.05 };

export function describe(figures: EngineFigures): Pick<Report, 'tables' | 'targets' | 'raw'> {
  const { measured, peaks, startTimes } = figures;
  const groups = [...new Set(measured.map(({ sample }) => sample.group))];
  const of = (group: string, contestant: string) =>
    measured.filter((one) => one.sample.group === group && one.contestant === contestant);
  const ratios = (group: string | undefined, [other, ours]: (typeof pairs)[number]) =>
    (group ? [group] : groups).flatMap((name) => {
      const own = of(name, ours);
      return of(name, other).map(({ cpuMs }, i) => cpuMs / (own[i]?.cpuMs ?? Number.NaN));
    });

  const costTable = (group: string) => ({
    title: `${group} (${of(group, contestants[0] ?? '').length} files)`,
    columns: ['', 'CPU ms', 'wall ms', 'CER %', 'word F1 %'],
    rows: contestants.map((name) => {
      const own = of(group, name);
      return [
        name,
        format(mean(own.map(({ cpuMs }) => cpuMs))),
        format(mean(own.map(({ ms }) => ms))),
        format(100 * meanOf(own.map(({ cer }) => cer))),
        format(100 * meanOf(own.map(({ wordF1 }) => wordF1))),
      ];
    }),
  });
  const ratioTable = {
    title: 'How many times quicker, by CPU time',
    columns: ['', ...pairs.map(([other, ours]) => `${ours} than ${other}`)],
    rows: groups.map((group) => [
      group,
      ...pairs.map((pair) => {
        const { median: middle, min, max } = spread(ratios(group, pair));
        return `${format(middle)} [${format(min)}..${format(max)}]`;
      }),
    ]),
  };
  const memoryTable = {
    title: 'Memory, largest resident size (MiB)',
    columns: ['', 'MiB'],
    rows: Object.entries(peaks).map(([name, mib]) => [name, format(mib)]),
  };
  const [sameModel, fastModel, command] = pairs;
  const factor = (name: string, values: readonly number[], atLeast: number): Target => ({
    name,
    value: median(values),
    unit: 'x',
    want: { atLeast },
  });
  const wordF1Of = (contestant: string) =>
    meanOf(measured.filter((one) => one.contestant === contestant).map(({ wordF1 }) => wordF1));
  const targets: Target[] = [
    factor('speed over tesseract.js, same model', ratios(undefined, sameModel), 2),
    factor('speed over tesseract.js, fast model', ratios(undefined, fastModel), 2.7),
    ...Object.entries(overCommand)
      .filter(([group]) => groups.includes(group))
      .map(([group, atLeast]) =>
        factor(`speed over tesseract, ${group}s`, ratios(group, command), atLeast),
      ),
    ...[sameModel, command].map(([other, ours]) => ({
      name: `word F1 of ${ours} less that of ${other}`,
      value: 100 * (wordF1Of(ours) - wordF1Of(other)),
      unit: 'points',
      want: { atLeast: -0.5 },
    })),
    {
      name: 'engine process ready (median)',
      value: median(startTimes),
      unit: 'ms',
      want: { atMost: 300 },
    },
  ];
  return { tables: [...groups.map(costTable), ratioTable, memoryTable], targets, raw: figures };
}

function meanOf(values: readonly (number | undefined)[]): number {
  return mean(values.filter((value) => value !== undefined));
}
