// Where the models are. `fast` is what the system's packages bring (tessdata_fast); `accurate`
// is best_int from npm, unpacked once into a folder of ours.
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
import type { Model } from '#core/domain/options.ts';
import { AppError } from '#core/errors.ts';
import { howToInstall } from './library.ts';

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
  /** Folder that holds every language of `language` (`eng+hin`). Throws `language.unavailable`. */
  folderOf(model: Model, language: string): string;
}

/** Throws an Error that names what to install when there is no model at all. */
export function findModels(options: { tessdata: string | undefined; cache: string }): Models {
  const fast = options.tessdata ?? systemFolders.find((folder) => languagesIn(folder).length > 0);
  if (!fast || languagesIn(fast).length === 0) {
    throw new Error(`no Tesseract models in ${fast ?? 'the usual folders'}: ${howToInstall}`);
  }
  const accurate = path.join(options.cache, accurateFolder);
  return {
    folderOf(model, language) {
      for (const code of language.split('+')) {
        const found =
          model === 'fast' ? existsSync(modelFile(fast, code)) : unpackAccurate(accurate, code);
        if (found) continue;
        const installed = model === 'fast' ? `, installed are ${languagesIn(fast).join(', ')}` : '';
        throw new AppError('language.unavailable', `no ${model} model of '${code}'${installed}`);
      }
      return model === 'fast' ? fast : accurate;
    },
  };
}

/** Languages of the folder, without the models that only find orientation and formulas. */
function languagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.traineddata'))
    .map((name) => path.basename(name, '.traineddata'))
    .filter((name) => name !== 'osd' && name !== 'equ')
    .sort();
}

function modelFile(folder: string, code: string): string {
  return path.join(folder, `${code}.traineddata`);
}

// Several processes may do this at the same time: the rename makes the last one win, whole.
function unpackAccurate(folder: string, code: string): boolean {
  const target = modelFile(folder, code);
  if (existsSync(target)) return true;
  const packed = packageFile(code);
  if (!packed) return false;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${target}.${process.pid}`;
  writeFileSync(fresh, gunzipSync(readFileSync(packed)));
  renameSync(fresh, target);
  return true;
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
