// Reads the pages of one task: checks out the pinned bytes, has an engine process read page
// after page, stores what it found. What is returned ends the task in one transaction.
import { cutRanges, type PageRange } from '#core/domain/ranges.ts';
import { AppError, toAppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import type { Finish } from '#core/ledger/tasks/finish.ts';
import { type PageOutcome, recordPages } from '#core/ledger/tasks/record-pages.ts';
import type { Claim, TaskRow } from '#core/ledger/tasks/task.ts';
import { waitingPages } from '#core/ledger/tasks/waiting-pages.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import { liveSlots } from '#core/ledger/workers/live-slots.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';
import type { PageReading } from './engine/engine.ts';
import type { WorkerMetrics } from './metrics.ts';
import { persist } from './persist.ts';
import type { Reading, Slots } from './slots/slots.ts';
import type { Stages } from './stages.ts';

export interface ReadDependencies {
  readonly db: Database;
  readonly objects: Pick<Objects, 'checkout' | 'put'>;
  readonly slots: Pick<Slots, 'use'>;
  /** Folder for checked-out files. */
  readonly scratch: string;
  readonly wake: { events(): void };
  readonly metrics: Pick<WorkerMetrics, 'pageRead' | 'pageFailed'>;
  readonly progress: (progress: { uploadId: string; page: number; percent: number }) => void;
  readonly log: Log;
}

/** How far a reading has come; told with its failure, if it fails. */
export interface Place {
  page: number | undefined;
  pageCount: number | undefined;
}

interface Assignment {
  readonly task: TaskRow;
  readonly upload: UploadRow;
  readonly claim: Claim;
  readonly place: Place;
  readonly stages: Stages;
}

/** The task that opens a file goes on by itself for this long; what is then left is shared out. */
const openBudgetMs = 300;
/** Pages read since the last record are lost with the worker: at most this much work, or one page. */
const recordEveryMs = 500;

export async function readTask(
  assignment: Assignment,
  signal: AbortSignal,
  deps: ReadDependencies,
): Promise<Finish> {
  const { upload, stages } = assignment;
  const { object_key: key, object_etag: etag } = upload;
  if (!etag) throw new AppError('objects.not_found', 'the upload has no bytes');
  const file = await stages.timed('fetch', () =>
    deps.objects.checkout(key, { etag, scratch: deps.scratch }),
  );
  try {
    const options = { language: upload.language, model: upload.model, layout: upload.layout };
    const timeLimitMs = upload.time_limit_ms ?? undefined;
    return await deps.slots.use({ path: file.path, options }, { signal, timeLimitMs }, (reading) =>
      readPages(reading, assignment, signal, deps),
    );
  } finally {
    await file.release();
  }
}

async function readPages(
  reading: Reading,
  { task, upload, claim, place, stages }: Assignment,
  signal: AbortSignal,
  deps: ReadDependencies,
): Promise<Finish> {
  const { pageCount } = reading;
  place.pageCount = pageCount;
  const numbers = await pagesToRead(deps.db, task, upload, pageCount);
  const started = performance.now();
  let unrecorded: PageOutcome[] = [];
  let recordedAt = started;
  let handOver = task.kind === 'open';
  const record = async () => {
    const pages = unrecorded;
    await stages.timed('commit', () =>
      persist(deps.log, () => recordPages(deps.db, claim, { pageCount, pages })),
    );
    deps.wake.events();
    unrecorded = [];
    recordedAt = performance.now();
  };

  for (const [index, number] of numbers.entries()) {
    const elapsed = performance.now() - started;
    if (handOver && elapsed > openBudgetMs) {
      const ranges = await shareOut(numbers.slice(index), elapsed / index, task.pool, deps.db);
      if (ranges.length > 1) return { pageCount, pages: unrecorded, ranges };
      handOver = false; // one range would only be this task again
    }
    if (unrecorded.length > 0 && performance.now() - recordedAt > recordEveryMs) await record();
    try {
      signal.throwIfAborted();
      place.page = number;
      unrecorded.push(
        await stages.page(number, async (steps, describe) => {
          const context = { upload, claim, stages: steps };
          const outcome = await readPage(reading, number, context, deps);
          describe(stageTimes(outcome));
          return outcome;
        }),
      );
      place.page = undefined;
    } catch (error) {
      // What was read before stays read, whoever goes on.
      if (unrecorded.length > 0 && toAppError(error).outcome !== 'drop') await record();
      throw error;
    }
  }
  return { pageCount, pages: unrecorded, ranges: [] };
}

async function pagesToRead(
  db: Database,
  task: TaskRow,
  upload: UploadRow,
  pageCount: number,
): Promise<number[]> {
  if (upload.page_count !== null) return waitingPages(db, task);
  return Array.from({ length: pageCount }, (_, index) => index + 1);
}

async function shareOut(
  pages: readonly number[],
  msPerPage: number,
  pool: string,
  db: Database,
): Promise<PageRange[]> {
  return cutRanges(pages, { msPerPage, slots: await liveSlots(db, pool) });
}

/** A page that cannot be read fails alone; errors that are not the page's own end the attempt. */
async function readPage(
  reading: Reading,
  number: number,
  { upload, claim, stages }: { upload: UploadRow; claim: Claim; stages: Stages },
  deps: ReadDependencies,
): Promise<PageOutcome> {
  let page: PageReading;
  try {
    page = await reading.readPage(number, (percent) =>
      deps.progress({ uploadId: upload.id, page: number, percent }),
    );
  } catch (thrown) {
    const { code, message, outcome } = toAppError(thrown);
    if (outcome !== 'fail') throw thrown;
    deps.metrics.pageFailed(code);
    return { status: 'failed', number, error: { code, message } };
  }
  deps.metrics.pageRead(page.summary);
  return stages.timed('store', () => store(page, { upload, claim }, deps.objects));
}

/** What the engine took for its steps, in seconds. */
function stageTimes(page: PageOutcome): Record<string, number> {
  const costs = page.status === 'done' ? Object.entries(page.summary.stages) : [];
  return Object.fromEntries(costs.map(([stage, { ms }]) => [`cricksy.${stage}`, ms / 1_000]));
}

async function store(
  page: PageReading,
  { upload, claim }: { upload: UploadRow; claim: Claim },
  objects: Pick<Objects, 'put'>,
): Promise<PageOutcome> {
  const stem = `results/${upload.id}/${claim.taskId}/${claim.attempt}/${page.summary.number}`;
  const resultKey = `${stem}.json`;
  await objects.put(resultKey, page.result, { contentType: 'application/json' });
  if (!page.preview)
    return { status: 'done', summary: page.summary, resultKey, preview: undefined };
  const { bytes, contentType } = page.preview;
  const key = `${stem}.${contentType.slice(contentType.indexOf('/') + 1)}`;
  await objects.put(key, bytes, { contentType });
  return { status: 'done', summary: page.summary, resultKey, preview: { key, contentType } };
}
