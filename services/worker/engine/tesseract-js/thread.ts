// Tesseract compiled to WebAssembly, in the thread that tesseract.js starts for it. Program and
// core come from node_modules, models from a folder: with these options nothing asks a network.
import type { Worker as Thread } from 'node:worker_threads';
import { AppError } from '#core/errors.ts';
import { neuralOnly } from '../tesseract.ts';

export interface WasmThread {
  /** The TSV of an image file that Leptonica knows. Rejects when the thread ends before. */
  read(
    image: Uint8Array,
    parameters: Readonly<Record<string, string>>,
    onPercent: (percent: number) => void,
  ): Promise<string>;
  /** In the middle of whatever it does. Resolves when its memory is free. */
  end(): Promise<void>;
}

/** Takes half a second. Throws `language.unavailable` when the model does not load. */
export async function startThread(options: {
  readonly folder: string;
  readonly language: string;
}): Promise<WasmThread> {
  // Here, so that it costs nothing where another engine reads.
  const { createWorker } = await import('tesseract.js');
  // tesseract.js tells of a start that failed nowhere but to this handler.
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => {});
  let onPercent: (percent: number) => void = () => {};
  const starting = createWorker(options.language, neuralOnly, {
    langPath: options.folder,
    gzip: false,
    cacheMethod: 'none',
    logger({ status, progress }) {
      if (status === 'recognizing text') onPercent(Math.round(progress * 100));
    },
    errorHandler: (reason) => refused.reject(named(reason, options)),
  });
  const worker = await Promise.race([starting, refused.promise]);
  const { worker: thread } = worker as typeof worker & { readonly worker: Thread };
  // An error in the thread has no listener and ends the process, as it should. This is its silent end.
  const ended = new Promise<never>((_resolve, reject) =>
    thread.once('exit', () => reject(new Error('the thread of tesseract.js ended'))),
  );
  ended.catch(() => {});

  return {
    async read(image, parameters, listener) {
      onPercent = listener;
      await Promise.race([worker.setParameters(parameters), ended]);
      const reading = worker.recognize(Buffer.from(image), {}, { text: false, tsv: true });
      const { data } = await Promise.race([reading, ended]);
      return data.tsv ?? '';
    },
    async end() {
      await thread.terminate();
    },
  };
}

function named(reason: unknown, { language }: { language: string }): Error {
  if (reason !== 'initialization failed') return new Error(String(reason));
  return new AppError('language.unavailable', `the model of '${language}' does not load`);
}
