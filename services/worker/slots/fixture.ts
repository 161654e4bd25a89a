// Slots with real engine processes, and what a test reads with them. Imported by tests only.
import path from 'node:path';
import { defaultLimits } from '#core/domain/limits.ts';
import { defaultReadOptions, type ReadOptions } from '#core/domain/options.ts';
import type { PageResult } from '#core/domain/pages.ts';
import { AppError } from '#core/errors.ts';
import { silentLog } from '../../testing/log.ts';
import type { PageReading } from '../engine/engine.ts';
import { createSlots, type Slots } from './slots.ts';

export type SlotsOptions = Parameters<typeof createSlots>[0];

/** One slot with the limits of a worker. Unpacked models go into `folder`. */
export function openSlots(folder: string, changes: Partial<SlotsOptions> = {}): Promise<Slots> {
  const { engineBytes, pagePixels, pages } = defaultLimits;
  return createSlots({
    size: 1,
    settings: {
      engine: 'auto',
      tessdata: undefined,
      cache: path.join(folder, 'models'),
      limits: { engineBytes, pagePixels, pages },
    },
    environment: { OMP_THREAD_LIMIT: '1' },
    limits: { softMs: 60_000, hardMs: 70_000 },
    maxTasks: 100,
    maxResidentBytes: engineBytes / 2,
    onEngineEnd() {},
    log: silentLog,
    ...changes,
  });
}

export interface Reading extends Partial<ReadOptions> {
  readonly signal?: AbortSignal;
  readonly onPercent?: (percent: number) => void;
}

/** Every page of the file, with its result as it would be stored. */
export function readPages(
  slots: Slots,
  file: string,
  { signal = new AbortController().signal, onPercent = () => {}, ...changes }: Reading = {},
): Promise<(PageReading & { page: PageResult })[]> {
  const request = { path: file, options: { ...defaultReadOptions, ...changes } };
  return slots.use(request, { signal }, async (reading) => {
    const pages = [];
    for (let number = 1; number <= reading.pageCount; number++) {
      const page = await reading.readPage(number, onPercent);
      pages.push({ ...page, page: JSON.parse(Buffer.from(page.result).toString()) as PageResult });
    }
    return pages;
  });
}

export function withCode(code: string) {
  return (error: unknown) => error instanceof AppError && error.code === code;
}
