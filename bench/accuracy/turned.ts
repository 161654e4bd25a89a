// Whether pages that lie on their side or upside down are read, and what that costs those that do
// not: the first page of each file, turned by quarters, without and with what finds it out.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultLimits } from '#core/domain/limits.ts';
import { pageText, type Word } from '#core/domain/pages.ts';
import type { GreyImage } from '../../services/worker/engine/engine.ts';
import { openLibtesseract } from '../../services/worker/engine/libtesseract/recogniser.ts';
import { readUpright } from '../../services/worker/engine/read-upright.ts';
import { openPages } from '../../services/worker/pages/open.ts';
import { prepareImage, steps } from '../../services/worker/pages/prepare/prepare.ts';
import { turnSideways } from '../../services/worker/pages/prepare/sideways.ts';
import { type Quarters, turn } from '../../services/worker/pages/prepare/turn.ts';
import { findSamples, type Sample } from '../data.ts';
import { publish } from '../report.ts';
import { score } from '../score.ts';
import { mean } from '../statistics.ts';
import { format } from '../targets.ts';

const data = process.env['CRICKSY_BENCH_DATA'];
const recogniser = openLibtesseract({
  tessdata: undefined,
  cache: path.join(tmpdir(), 'cricksy-bench-models'),
});
const options = { language: 'eng', model: 'fast', layout: 'auto' } as const;
const watch = { signal: new AbortController().signal, onPercent() {} };
const recognise = (image: GreyImage) => recogniser.recognise(image, options, watch);
const withoutTurn = steps.filter((step) => step !== turnSideways);

interface Outcome {
  readonly sample: Sample;
  readonly quarters: 0 | Quarters;
  readonly before: Cost;
  readonly after: Cost;
}
interface Cost {
  readonly wordF1: number;
  readonly cpuMs: number;
  readonly readings: number;
}

const samples = findSamples(data).filter(({ truth }) => truth !== undefined);
const outcomes: Outcome[] = [];
for (const sample of samples) {
  const source = await openPages(sample.path, defaultLimits);
  const page = await (await source.openPage(1)).raster();
  source.close();
  for (const quarters of [0, 1, 2, 3] as const) {
    // A copy each time: looks at an image are kept with it.
    const lying = () => (quarters === 0 ? { ...page } : turn(page, quarters).image);
    const before = await measure(sample, async () =>
      recognise((await prepareImage(lying(), withoutTurn)).image),
    );
    const after = await measure(sample, async (read) => {
      const { words } = await readUpright(await prepareImage(lying()), read);
      return words;
    });
    outcomes.push({ sample, quarters, before, after });
  }
  process.stderr.write(`${sample.name}\n`);
}
report();

async function measure(
  { truth = '' }: Sample,
  work: (read: typeof recognise) => Promise<Word[]>,
): Promise<Cost> {
  let readings = 0;
  const started = process.cpuUsage();
  const words = await work((image) => {
    readings++;
    return recognise(image);
  });
  const { user, system } = process.cpuUsage(started);
  const { wordF1 } = score(pageText(words), truth);
  return { wordF1, cpuMs: (user + system) / 1000, readings };
}

function report(): void {
  const rows = ([0, 1, 2, 3] as const).map((quarters) => {
    const own = outcomes.filter((outcome) => outcome.quarters === quarters);
    const of = (which: 'before' | 'after', key: keyof Cost) =>
      mean(own.map((outcome) => outcome[which][key]));
    return [
      `${90 * quarters}`,
      format(100 * of('before', 'wordF1')),
      format(100 * of('after', 'wordF1')),
      format(of('before', 'cpuMs')),
      format(of('after', 'cpuMs')),
      String(own.filter(({ after }) => after.readings > 1).length),
    ];
  });
  publish({
    name: 'turned',
    command: `node bench/accuracy/turned.ts${data ? ' with CRICKSY_BENCH_DATA' : ''}`,
    notes: [`first pages of ${samples.length} files, model fast, layout auto`],
    tables: [
      {
        title: 'Turned clockwise by',
        columns: ['degrees', 'word F1 % before', 'after', 'CPU ms before', 'after', 'read again'],
        rows,
      },
    ],
    targets: [],
    raw: outcomes.map(({ sample: { name }, quarters, before, after }) => ({
      name,
      quarters,
      before,
      after,
    })),
  });
}
