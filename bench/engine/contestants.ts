// Who is compared: each reads a file and gives its text. Opened in a process of its own.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultLimits } from '#core/domain/limits.ts';
import type { Model } from '#core/domain/options.ts';
import { type PageResult, pageText } from '#core/domain/pages.ts';
import { openLibtesseract } from '../../services/worker/engine/libtesseract/recogniser.ts';
import { openFile } from '../../services/worker/engine/read-file.ts';

export interface Contestant {
  readonly version: string;
  read(file: string): Promise<string>;
}

const open: Record<string, () => Promise<Contestant>> = {
  'ours fast': () => openOurs('fast'),
  'ours accurate': () => openOurs('accurate'),
  'tesseract.js': openTesseractJs,
  tesseract: openCommandLine,
};

/** `ours accurate` and `tesseract.js` use the same model, `ours fast` and `tesseract` another. */
export const contestants = Object.keys(open);

export async function openContestant(name: string): Promise<Contestant> {
  const opener = open[name];
  if (!opener) throw new Error(`nobody is called ${name}`);
  return opener();
}

/** As an engine process reads: decode, prepare, recognise, result as JSON. */
async function openOurs(model: Model): Promise<Contestant> {
  const cache = path.join(tmpdir(), 'cricksy-bench-models');
  const recogniser = openLibtesseract({ tessdata: undefined, cache });
  const options = { language: 'eng', model, layout: 'auto' } as const;
  await recogniser.prepare(options);
  const watch = { signal: new AbortController().signal, onPercent() {} };
  return {
    version: `libtesseract ${recogniser.version}`,
    async read(file) {
      const opened = await openFile({ path: file, options }, recogniser, defaultLimits);
      let text = '';
      for (let number = 1; number <= opened.pageCount; number++) {
        const { result } = await opened.readPage(number, watch);
        text += pageText((JSON.parse(Buffer.from(result).toString()) as PageResult).words);
      }
      opened.close();
      return text;
    },
  };
}

/** Its defaults; only the model comes from the package instead of the network. */
async function openTesseractJs(): Promise<Contestant> {
  const { createWorker } = await import('tesseract.js');
  const require = createRequire(import.meta.url);
  const data = path.dirname(require.resolve('@tesseract.js-data/eng/package.json'));
  const langPath = path.join(data, '4.0.0_best_int');
  const worker = await createWorker('eng', 1, { langPath, cacheMethod: 'none', gzip: true });
  const { version } = require('tesseract.js/package.json') as { version: string };
  return {
    version: `tesseract.js ${version}`,
    read: async (file) => (await worker.recognize(file)).data.text,
  };
}

/** A process for each file, as pytesseract and the like call it. */
async function openCommandLine(): Promise<Contestant> {
  const run = (...args: string[]) =>
    execFileSync('tesseract', args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], OMP_THREAD_LIMIT: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const version = run('--version').split('\n', 1)[0] ?? '';
  return { version, read: async (file) => run(file, 'stdout') };
}
