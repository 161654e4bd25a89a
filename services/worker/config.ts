import { z } from 'zod';
import { count, enableOcr, list, objects, shared } from '#core/config.ts';
import { defaultLimits } from '#core/domain/limits.ts';
import { engineNames } from './engine/engine.ts';

const positive = z.coerce.number().int().positive();

export const workerConfig = z.object({
  ...shared,
  ...objects,
  ...enableOcr,
  /** Seconds that a stopping worker may take to finish what it reads; the rest is given back. */
  CRICKSY_SHUTDOWN_GRACE: count.default(25),
  /** Shown in lists and logs; a pod's name in a cluster. */
  CRICKSY_WORKER_NAME: z.string().optional(),
  /** The pool whose tasks this worker takes. */
  CRICKSY_POOL: z.string().default('default'),
  /** Tasks read at the same time, each by an engine process of its own. */
  CRICKSY_WORKER_SLOTS: positive.max(64).default(2),
  /** Which engine; `auto` takes the native one where its library is installed, else the portable one. */
  CRICKSY_OCR_ENGINE: z.enum(['auto', ...engineNames]).default('auto'),
  /** Folder of the `fast` model's *.traineddata; default: where the system keeps them, if it does. */
  CRICKSY_TESSDATA_DIR: z.string().optional(),
  /** Languages that have to be installed, separated by commas: the worker does not start without one. */
  CRICKSY_LANGUAGES: list.default([]),
  /** Folder for files being read and for unpacked models. */
  CRICKSY_SCRATCH_DIR: z.string().default('/tmp/cricksy-ocr'),
  /** Tasks after which an engine process is replaced; one that has grown is replaced before. A start costs as much as 30 words. */
  CRICKSY_MAX_TASKS_PER_ENGINE: positive.default(1_000),
  /**
   * Seconds that the engine may work on one task before it is asked to stop; an engine process that
   * does not stop within half a second is killed. Not below CRICKSY_TIME_LIMIT it has no effect.
   */
  CRICKSY_SOFT_TIME_LIMIT: positive.default(defaultLimits.softTimeMs / 1000),
  /** Seconds that the engine may work on one task before its process is killed, asked or not. */
  CRICKSY_TIME_LIMIT: positive.default(defaultLimits.hardTimeMs / 1000),
  /** Pixels of one page. */
  CRICKSY_MAX_PAGE_PIXELS: positive.default(defaultLimits.pagePixels),
  /** Pages of one file. */
  CRICKSY_MAX_PAGES: positive.default(defaultLimits.pages),
  /** Bytes of writable memory of one engine process. */
  CRICKSY_MAX_ENGINE_BYTES: positive.default(defaultLimits.engineBytes),
  /** Port of /livez, /readyz and /metrics; 0: none. */
  CRICKSY_INTERNAL_PORT: count.default(0),
  CRICKSY_INTERNAL_HOST: z.string().default('0.0.0.0'),
});
export type WorkerConfig = z.infer<typeof workerConfig>;
