// Where the models are, for every engine. `fast` is what the system's packages bring
// (tessdata_fast), `accurate` is best_int from npm, unpacked once into a folder of ours; `auto`
// is the first of them that is installed. Nothing is ever fetched from a network.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Model, models, type ReadOptions } from '#core/domain/options.ts';
import { AppError } from '#core/errors.ts';
import { howToInstall } from './libtesseract/library.ts';

const systemFolders = [
  '/usr/share/tesseract-ocr/5/tessdata',
  '/usr/share/tesseract-ocr/4.00/tessdata',
  '/usr/share/tessdata',
  '/usr/share/tesseract/tessdata',
  '/opt/homebrew/share/tessdata',
  '/usr/local/share/tessdata',
];
/** The folder of a model in npm's @tesseract.js-data packages. */
const accurateFolder = '4.0.0_best_int';

export interface Models {
  /**
   * The model that is meant and the folder that holds every language of `language` (`eng+hin`).
   * Throws `model.unavailable`, `language.unavailable`.
   */
  find(wanted: Pick<ReadOptions, 'language' | 'model'>): { model: Model; folder: string };
}

/** Throws an Error that says what to install when `tessdata` is named and holds no model. */
export function findModels(options: { tessdata: string | undefined; cache: string }): Models {
  const { tessdata } = options;
  if (tessdata && languagesIn(tessdata).length === 0) {
    throw new Error(`no Tesseract models in ${tessdata}: ${howToInstall}`);
  }
  const fast = tessdata ?? systemFolders.find((folder) => languagesIn(folder).length > 0);
  const accurate = path.join(options.cache, accurateFolder);
  const has: Record<Model, (code: string) => boolean> = {
    fast: (code) => fast !== undefined && isLanguage(code) && existsSync(modelFile(fast, code)),
    accurate: (code) => packageFile(code) !== undefined,
  };

  return {
    find({ language, model: choice }) {
      const codes = language.split('+');
      const installed = models.filter((model) => codes.every(has[model]));
      const model = installed.find((one) => choice === 'auto' || choice === one);
      if (model === 'fast' && fast) return { model, folder: fast };
      if (model === 'accurate') {
        for (const code of codes) unpack(accurate, code);
        return { model, folder: accurate };
      }
      const [other] = installed;
      if (other) {
        throw new AppError(
          'model.unavailable',
          `no ${choice} model of '${language}' is installed, only ${other}`,
        );
      }
      const known = fast ? `, installed are ${languagesIn(fast).join(', ')}` : '';
      throw new AppError('language.unavailable', `no model of '${language}'${known}`);
    },
  };
}

/** Not the models that only find orientation and formulas. */
function isLanguage(code: string): boolean {
  return code !== 'osd' && code !== 'equ';
}

function languagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.traineddata'))
    .map((name) => path.basename(name, '.traineddata'))
    .filter(isLanguage)
    .sort();
}

function modelFile(folder: string, code: string): string {
  return path.join(folder, `${code}.traineddata`);
}

// Several processes may do this at the same time: the rename makes the last one win, whole.
function unpack(folder: string, code: string): void {
  const target = modelFile(folder, code);
  const packed = packageFile(code);
  if (!packed || existsSync(target)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${target}.${process.pid}`;
  writeFileSync(fresh, gunzipSync(readFileSync(packed)));
  renameSync(fresh, target);
}

function packageFile(code: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@tesseract.js-data/${code}/package.json`,
    );
    const file = path.join(path.dirname(manifest), accurateFolder, `${code}.traineddata.gz`);
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
