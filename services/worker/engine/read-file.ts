// One file under the engine: opened, read page by page, closed. Here the formats and the
// recogniser meet; what each stage costs is kept with the page.
import type { SettledOptions } from '#core/domain/options.ts';
import type { PageResult, PageSummary, Stage, StageCost, Word } from '#core/domain/pages.ts';
import { openPages } from '../pages/open.ts';
import type { Page, PageLimits, PageSource } from '../pages/page-source.ts';
import { inGrey, makePreview } from '../pages/preview.ts';
import type { GreyImage, OpenRequest, PageReading, Recogniser } from './engine.ts';

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
    readPage: (number, watch) => readPage(source, number, { options, recogniser, watch }),
    close: () => source.close(),
  };
}

interface Reader {
  readonly options: SettledOptions;
  readonly recogniser: Recogniser;
  readonly watch: Watch;
}

async function readPage(source: PageSource, number: number, reader: Reader): Promise<PageReading> {
  const stages: Costs = {};
  const page = await measure(stages, 'decode', () => source.openPage(number));
  try {
    const { words, from, image } = await readWords(page, reader, stages);
    const preview = page.needsPreview
      ? await measure(stages, 'preview', async () =>
          makePreview(page.inColour?.() ?? inGrey(image ?? (await page.raster())), page),
        )
      : undefined;
    const picture = page.original ?? preview?.picture;
    const summary = { ...summarise(number, page, words, from, stages, reader), picture };
    const result: PageResult = { ...summary, words };
    return { summary, result: Buffer.from(JSON.stringify(result)), preview };
  } finally {
    page.close();
  }
}

async function readWords(
  page: Page,
  { options, recogniser, watch }: Reader,
  stages: Costs,
): Promise<{ words: Word[]; from: PageSummary['source']; image: GreyImage | undefined }> {
  const carried = await measure(stages, 'decode', () => page.textLayer());
  if (carried) return { words: carried, from: 'text-layer', image: undefined };
  watch.signal.throwIfAborted();
  const image = await measure(stages, 'decode', () => page.raster());
  const found = await measure(stages, 'recognise', () =>
    recogniser.recognise(image, options, watch),
  );
  const words = found.map((word) => ({ ...word, box: onPage(word.box, page, image) }));
  return { words, from: 'ocr', image };
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
  words: readonly Word[],
  source: PageSummary['source'],
  stages: Costs,
  { options, recogniser }: Reader,
): PageSummary {
  const sum = words.reduce((total, word) => total + word.confidence, 0);
  return {
    number,
    width: page.width,
    height: page.height,
    angle: page.angle,
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
