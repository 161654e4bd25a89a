// Whether preparation pays: the whole read path with all steps, without each of them and with
// none, by kind of picture: `make bench-accuracy`.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultLimits } from '#core/domain/limits.ts';
import { type PageResult, pageText } from '#core/domain/pages.ts';
import { openLibtesseract } from '../../services/worker/engine/libtesseract/recogniser.ts';
import { openFile } from '../../services/worker/engine/read-file.ts';
import { steps } from '../../services/worker/pages/prepare/prepare.ts';
import type { Step } from '../../services/worker/pages/prepare/step.ts';
import { findSamples, type Sample } from '../data.ts';
import { publish } from '../report.ts';
import { type Score, score } from '../score.ts';
import { mean } from '../statistics.ts';
import { format } from '../targets.ts';

const data = process.env['CRICKSY_BENCH_DATA'];
const recogniser = openLibtesseract({
  tessdata: undefined,
  cache: path.join(tmpdir(), 'cricksy-bench-models'),
});
const options = { language: 'eng', model: 'fast', layout: 'auto' } as const;

interface Outcome extends Score {
  readonly cpuMs: number;
  readonly prepareMs: number;
}

const variants: Record<string, readonly Step[]> = {
  none: [],
  all: steps,
  ...Object.fromEntries(
    steps.map((step) => [`without ${step.name}`, steps.filter((other) => other !== step)]),
  ),
};

const samples = findSamples(data).filter(({ truth }) => truth !== undefined);
const outcomes: { sample: Sample; byVariant: Record<string, Outcome> }[] = [];
for (const sample of samples) {
  const byVariant: Record<string, Outcome> = {};
  for (const [name, chosen] of Object.entries(variants)) {
    byVariant[name] = await readWith(sample, chosen);
  }
  outcomes.push({ sample, byVariant });
  process.stderr.write(`${sample.name}\n`);
}
report();

async function readWith(sample: Sample, chosen: readonly Step[]): Promise<Outcome> {
  const watch = { signal: new AbortController().signal, onPercent() {} };
  const request = { path: sample.path, options };
  const opened = await openFile(request, recogniser, defaultLimits, chosen);
  let text = '';
  let cpuMs = 0;
  let prepareMs = 0;
  for (let number = 1; number <= opened.pageCount; number++) {
    const { result, summary } = await opened.readPage(number, watch);
    text += pageText((JSON.parse(Buffer.from(result).toString()) as PageResult).words);
    for (const cost of Object.values(summary.stages)) cpuMs += cost.cpu_ms;
    prepareMs += summary.stages.prepare?.cpu_ms ?? 0;
  }
  opened.close();
  return { ...score(text, sample.truth ?? ''), cpuMs, prepareMs };
}

function report(): void {
  const groups = [...new Set(samples.map((sample) => sample.group))];
  publish({
    name: 'accuracy',
    command: `make bench-accuracy${data ? ' CRICKSY_BENCH_DATA=...' : ''}`,
    notes: [
      `${samples.length} files, model fast, layout auto; means over the files of a kind`,
      'prepare: CPU of preparation alone, contained in CPU',
    ],
    tables: [...groups, undefined].map((group) => {
      const own = outcomes.filter(({ sample }) => !group || sample.group === group);
      const ordered = own.filter(({ sample }) => sample.ordered);
      return {
        title: `${group ?? 'All'} (${own.length} files)`,
        columns: ['', 'CER %', 'word F1 %', 'CPU ms', 'prepare ms'],
        rows: Object.keys(variants).map((name) => {
          const of = (list: typeof own, key: keyof Outcome) =>
            mean(list.map(({ byVariant }) => byVariant[name]?.[key] ?? Number.NaN));
          return [
            name,
            format(100 * of(ordered, 'cer')),
            format(100 * of(own, 'wordF1')),
            format(of(own, 'cpuMs')),
            format(of(own, 'prepareMs')),
          ];
        }),
      };
    }),
    targets: [],
    raw: outcomes.map(({ sample: { name, group }, byVariant }) => ({ name, group, byVariant })),
  });
}
