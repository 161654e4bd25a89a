// Tesseract as a library in this process. A loaded model is kept (loading takes 50 ms);
// everything that a page leaves behind is cleared, so that results do not depend on history.
import type { ReadOptions, SettledOptions } from '#core/domain/options.ts';
import type { Word } from '#core/domain/pages.ts';
import { AppError } from '#core/errors.ts';
import type { GreyImage, Recogniser } from '../engine.ts';
import { findModels } from '../models.ts';
import { neuralOnly, pageSegModeOf, smallestSide, thresholdingOf } from '../tesseract.ts';
import { parseTsv } from '../tsv.ts';
import { type Api, loadTesseract, type Tesseract } from './library.ts';

/** Models of one language take 20 to 60 MB once loaded. */
const keptModels = 2;
/** Often enough for a progress bar, too seldom to cost anything. */
const percentEveryMs = 100;

export function openLibtesseract(options: {
  tessdata: string | undefined;
  cache: string;
}): Recogniser {
  const tesseract = loadTesseract();
  const models = findModels(options);
  const loaded = new Map<string, Api>();

  const load = (wanted: Pick<ReadOptions, 'language' | 'model'>) => {
    const { model, folder } = models.find(wanted);
    const key = `${model} ${wanted.language}`;
    const api = loaded.get(key) ?? loadModel(tesseract, { ...wanted, model }, folder);
    // The one used last moves to the end; the first is the one to go.
    loaded.delete(key);
    loaded.set(key, api);
    for (const [other, old] of loaded) {
      if (loaded.size <= keptModels) break;
      tesseract.destroy(old);
      loaded.delete(other);
    }
    return { api, model };
  };

  return {
    name: 'libtesseract',
    version: tesseract.version,
    async prepare(wanted) {
      return load(wanted).model;
    },
    async recognise(image, wanted, watch) {
      if (Math.min(image.width, image.height) < smallestSide) return [];
      const { api } = load(wanted);
      tesseract.setPageSegMode(api, pageSegModeOf(image, wanted));
      tesseract.setVariable(api, 'thresholding_method', thresholdingOf(image));
      try {
        return await recognise(tesseract, api, image, watch);
      } finally {
        tesseract.clear(api);
        tesseract.clearAdaptiveClassifier(api);
      }
    },
  };
}

function loadModel(
  tesseract: Tesseract,
  { language, model }: Pick<SettledOptions, 'language' | 'model'>,
  folder: string,
): Api {
  const api = tesseract.create();
  // It talks on stderr about every page; our log says what matters.
  tesseract.setVariable(api, 'debug_file', '/dev/null');
  if (tesseract.init(api, folder, language, neuralOnly) !== 0) {
    tesseract.destroy(api);
    throw new AppError('language.unavailable', `the ${model} model of '${language}' does not load`);
  }
  return api;
}

async function recognise(
  tesseract: Tesseract,
  api: Api,
  { data, width, height, dpi }: GreyImage,
  { signal, onPercent }: Parameters<Recogniser['recognise']>[2],
): Promise<Word[]> {
  signal.throwIfAborted();
  tesseract.setImage(api, data, width, height, 1, width);
  if (dpi) tesseract.setSourceResolution(api, dpi);
  const monitor = tesseract.createMonitor();
  const stop = () => tesseract.setDeadline(monitor, 1);
  const timer = setInterval(() => onPercent(tesseract.progress(monitor)), percentEveryMs);
  signal.addEventListener('abort', stop);
  try {
    const result = await tesseract.recognise(api, monitor);
    signal.throwIfAborted();
    if (result !== 0) throw new AppError('engine.crashed', `Recognize returned ${result}`);
    return parseTsv(tesseract.tsv(api));
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(timer);
    tesseract.destroyMonitor(monitor);
  }
}
