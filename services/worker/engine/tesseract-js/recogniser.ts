// Tesseract without any library of the system: the same models and the same words as the native
// one, at less than half its speed. WebAssembly cannot be asked to stop, so its thread is ended;
// the next upload starts another one, which takes half a second.
import { createRequire } from 'node:module';
import type { SettledOptions } from '#core/domain/options.ts';
import type { GreyImage, Recogniser } from '../engine.ts';
import { findModels } from '../models.ts';
import { pageSegModeOf, smallestSide, thresholdingOf } from '../tesseract.ts';
import { parseTsv } from '../tsv.ts';
import { startThread, type WasmThread } from './thread.ts';

const { version } = createRequire(import.meta.url)('tesseract.js/package.json') as {
  version: string;
};

/** Nothing is learned from a page, so there is nothing to forget before the next. */
const learnNothing = { classify_enable_learning: '0', tessedit_enable_doc_dict: '0' };
/** Tesseract talks on stderr about every page; our log says what matters. */
const quiet = { debug_file: '/dev/null' };

export function openTesseractJs(options: {
  tessdata: string | undefined;
  cache: string;
}): Recogniser {
  const models = findModels(options);
  let current: { readonly key: string; readonly thread: WasmThread } | undefined;

  const drop = async () => {
    const old = current;
    current = undefined;
    await old?.thread.end();
  };
  /** One thread at a time: each reserves half a gigabyte of the memory that the process may have. */
  const threadOf = async ({ language, model }: SettledOptions, folder: string) => {
    const key = `${model} ${language}`;
    if (current?.key === key) return current.thread;
    await drop();
    const thread = await startThread({ folder, language });
    current = { key, thread };
    return thread;
  };

  return {
    name: 'tesseract-js',
    version,
    async prepare(wanted) {
      const { model, folder } = models.find(wanted);
      await threadOf({ ...wanted, model }, folder);
      return model;
    },
    async recognise(image, wanted, { signal, onPercent }) {
      if (Math.min(image.width, image.height) < smallestSide) return [];
      const thread = await threadOf(wanted, models.find(wanted).folder);
      signal.throwIfAborted();
      const left = Promise.withResolvers<never>();
      const leave = () => left.reject(signal.reason);
      signal.addEventListener('abort', leave);
      try {
        const reading = thread.read(toPgm(image), parametersOf(image, wanted), onPercent);
        return parseTsv(await Promise.race([reading, left.promise]));
      } catch (error) {
        if (signal.aborted) await drop();
        throw error;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}

function parametersOf(image: GreyImage, wanted: SettledOptions): Record<string, string> {
  return {
    ...learnNothing,
    ...quiet,
    tessedit_pageseg_mode: String(pageSegModeOf(image, wanted)),
    thresholding_method: thresholdingOf(image),
    user_defined_dpi: String(image.dpi ?? 0), // 0: as it sees fit
  };
}

/** The one file format that is a header and our pixels: nothing is encoded, nothing decoded. */
function toPgm({ width, height, data }: GreyImage): Uint8Array {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), data]);
}
