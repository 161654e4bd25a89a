// One file under the engine: opened, read page by page, closed. Here the formats and the
// recogniser meet; what each stage costs is kept with the page.
import { sideOf } from '#core/domain/direction.ts';
import type { SettledOptions } from '#core/domain/options.ts';
import type { PageResult, PageSummary, Stage, StageCost, Word } from '#core/domain/pages.ts';
import { openPages } from '../pages/open.ts';
import type { Page, PageLimits, PageSource } from '../pages/page-source.ts';
import { boxBack } from '../pages/prepare/box.ts';
import { steps as allSteps, prepareImage } from '../pages/prepare/prepare.ts';
import type { Step } from '../pages/prepare/step.ts';
import { inGrey, makePreview } from '../pages/preview.ts';
import type { GreyImage, OpenRequest, PageReading, Recogniser } from './engine.ts';
import { readUpright } from './read-upright.ts';

export interface OpenFile {
  readonly pageCount: number;
  /** `number` counts from 1. */
  readPage(number: number, watch: Watch): Promise<PageReading>;
  close(): void;
}

type Watch = Parameters<Recogniser['recognise']>[2];
type Costs = Partial<Record<Stage, StageCost>>;

export async function openFile(
  { path, options: asked }: OpenRequest,
  recogniser: Recogniser,
  limits: PageLimits,
  steps: readonly Step[] = allSteps,
): Promise<OpenFile> {
  const source = await openPages(path, limits);
  let options: SettledOptions;
  try {
    // Here, so that a language that is not installed fails the file and not its pages.
    options = { ...asked, model: await recogniser.prepare(asked) };
  } catch (error) {
    source.close();
    throw error;
  }
  return {
    pageCount: source.pageCount,
    readPage: (number, watch) => readPage(source, number, { options, recogniser, steps, watch }),
    close: () => source.close(),
  };
}

interface Reader {
  readonly options: SettledOptions;
  readonly recogniser: Recogniser;
  readonly steps: readonly Step[];
  readonly watch: Watch;
}

async function readPage(source: PageSource, number: number, reader: Reader): Promise<PageReading> {
  const stages: Costs = {};
  const page = await measure(stages, 'decode', () => source.openPage(number));
  try {
    const read = await readWords(page, reader, stages);
    const preview = page.needsPreview
      ? await measure(stages, 'preview', async () =>
          makePreview(page.inColour?.() ?? inGrey(read.image ?? (await page.raster())), page),
        )
      : undefined;
    const picture = page.original ?? preview?.picture;
    const summary = { ...summarise(number, page, read, stages, reader), picture };
    const result: PageResult = { ...summary, words: read.words };
    return { summary, result: Buffer.from(JSON.stringify(result)), preview };
  } finally {
    page.close();
  }
}

interface ReadWords extends Pick<PageSummary, 'source' | 'skew'> {
  readonly words: readonly Word[];
  /** What was recognised, before it was prepared. */
  readonly image: GreyImage | undefined;
}

async function readWords(
  page: Page,
  { options, recogniser, steps, watch }: Reader,
  stages: Costs,
): Promise<ReadWords> {
  const carried = await measure(stages, 'decode', () => page.textLayer());
  if (carried) return { words: carried, source: 'text-layer', skew: 0, image: undefined };
  watch.signal.throwIfAborted();
  const image = await measure(stages, 'decode', () => page.raster());
  // A line of its own is short: nothing about it can be told by looking.
  const wanted = options.layout === 'line' ? [] : steps;
  const looked = await measure(stages, 'prepare', () => prepareImage(image, wanted));
  const { words: found, prepared } = await measure(stages, 'recognise', () =>
    readUpright(looked, (pixels, which) =>
      // What is read again is past its hundred percent.
      recogniser.recognise(
        pixels,
        options,
        which === 'first' ? watch : { ...watch, onPercent() {} },
      ),
    ),
  );
  const words = found.map((word) => ({
    ...word,
    box: onPage(boxBack(word.box, prepared), page, image),
  }));
  return { words, source: 'ocr', skew: round(skewOf(words, prepared.turned)), image };
}

/** Lines that Tesseract itself found to stand on the image were not turned before. */
function skewOf(words: readonly Word[], turned: number): number {
  const fall = fallOf(turned);
  if (Math.abs(fall) > 45 && Math.abs(fall) < 135) return fall;
  const side = sideOf(words);
  return side === undefined ? fall : fallOf(360 - side);
}

/** How lines fell that are straight after a turn by so many degrees: more than -180, 180 at most. */
function fallOf(turned: number): number {
  return turned < 180 ? -turned : 360 - turned;
}

/** A box on the image that was recognised, in pixels of the page. */
function onPage(
  [left, top, width, height]: Word['box'],
  page: Page,
  image: GreyImage,
): Word['box'] {
  const x = page.width / image.width;
  const y = page.height / image.height;
  if (x === 1 && y === 1) return [left, top, width, height];
  return [left * x, top * y, width * x, height * y].map(Math.round) as unknown as Word['box'];
}

function summarise(
  number: number,
  page: Page,
  { words, source, skew }: ReadWords,
  stages: Costs,
  { options, recogniser }: Reader,
): PageSummary {
  const sum = words.reduce((total, word) => total + word.confidence, 0);
  return {
    number,
    width: page.width,
    height: page.height,
    angle: page.angle,
    skew,
    source,
    word_count: words.length,
    mean_confidence: words.length > 0 ? round(sum / words.length) : null,
    language: options.language,
    model: options.model,
    engine: source === 'ocr' ? recogniser.name : 'pdfium',
    engine_version: source === 'ocr' ? recogniser.version : '',
    stages,
  };
}

/** Adds what `work` takes to the stage. */
async function measure<T>(stages: Costs, stage: Stage, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const cpu = process.cpuUsage();
  try {
    return await work();
  } finally {
    const { user, system } = process.cpuUsage(cpu);
    const before = stages[stage] ?? { ms: 0, cpu_ms: 0 };
    stages[stage] = {
      ms: round(before.ms + performance.now() - started),
      cpu_ms: round(before.cpu_ms + (user + system) / 1000),
    };
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
