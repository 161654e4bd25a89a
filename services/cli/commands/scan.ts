// scan: every file through the whole contract, a few at a time; results in the order of the
// command line. Ctrl-C asks the server to stop reading what is not finished.
import { access, constants, mkdir, stat } from 'node:fs/promises';
import type { UploadAnswer, UploadStatusAnswer } from '#core/messages.ts';
import { type Api, ApiProblem } from '../api.ts';
import { CommandError, type ExitCode, exitCodes, usable } from '../exit-codes.ts';
import { printResult, resultFiles, writeResult } from '../results.ts';
import type { Session } from '../session.ts';
import { upload } from '../upload.ts';
import { type Progress, waitUntilRead } from '../wait.ts';

/** Uploads under way at once: the next file travels while others are read. */
const atOnce = 8;
/** Asking to cancel must not take longer than people hold Ctrl-C. */
const cancelMs = 5_000;

/** How one file went; the form of a line of --json, without the result. */
export interface Scanned {
  readonly file: string;
  readonly upload_id: string | undefined;
  readonly status: string;
  readonly answer: UploadStatusAnswer | undefined;
  readonly error: { code: string; message: string } | undefined;
  /** In the asked format, of an upload that was read. */
  readonly result: Buffer | undefined;
}

export async function scan(session: Session): Promise<ExitCode> {
  const { given, signal } = session;
  const files = given.operands;
  await checkFiles(files);
  const { out } = given;
  if (out !== undefined) await usable(out, () => mkdir(out, { recursive: true }));
  const targets = resultFiles(files, given);
  const api = session.connect(signal);
  const unfinished = new Set<string>();
  const scanned = inParallel(files, (file) => scanFile(file, api, session, unfinished));
  // A later one may fail while an earlier one is awaited; it is heard when its turn comes.
  for (const one of scanned) one.catch(() => {});
  let code: ExitCode = exitCodes.done;
  try {
    for (const [index, one] of scanned.entries()) {
      const result = await one;
      if (result.status !== 'parsed') code = exitCodes.failed;
      const target = targets[index];
      if (target !== undefined) await writeResult(result, target);
      printResult(result, { ...session, target, several: files.length > 1 });
    }
    return code;
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error;
    if (reason instanceof CommandError && reason.exitCode === exitCodes.interrupted) {
      await cancelAll(unfinished, session);
    }
    throw reason;
  }
}

async function scanFile(
  file: string,
  api: Api,
  { given, display, signal }: Session,
  unfinished: Set<string>,
): Promise<Scanned> {
  let id: string | undefined;
  try {
    id = await upload(file, api, {
      given,
      onStep: (step) => display.show(file, step),
      onInitiated: (uploadId) => unfinished.add(uploadId),
    });
    const onProgress = (progress: Progress) => display.show(file, describe(progress));
    const answer = await waitUntilRead(api, id, { onProgress, signal });
    unfinished.delete(id);
    const error = answer.error_code
      ? { code: answer.error_code, message: answer.error_message ?? '' }
      : undefined;
    const isRead = answer.status === 'parsed' || answer.status === 'applied';
    const result = isRead
      ? await api.bytes(`/api/uploads/${id}/result?format=${given.format}`)
      : undefined;
    display.finish(file, outcome(answer));
    const status = isRead ? 'parsed' : answer.status;
    return { file, upload_id: id, status, answer, error, result };
  } catch (thrown) {
    if (!(thrown instanceof ApiProblem)) throw thrown;
    if (id !== undefined) unfinished.delete(id);
    display.finish(file, `refused: ${thrown.message}`);
    const error = { code: thrown.problem.code, message: thrown.message };
    return { file, upload_id: id, status: 'refused', answer: undefined, error, result: undefined };
  }
}

/** Before anything is sent: a wrong name should not be noticed after an hour of reading. */
async function checkFiles(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const found = await usable(file, () => stat(file));
    if (!found.isFile()) throw new CommandError(exitCodes.usage, `${file} is not a file`);
    await usable(file, () => access(file, constants.R_OK));
  }
}

/** Starts `work` on each item in order, `atOnce` at a time. */
function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R>[] {
  const started: Promise<R>[] = [];
  for (const [index, item] of items.entries()) {
    const before = started.slice(0, index);
    started.push(
      (async () => {
        if (index >= atOnce) await someEnded(before, index - atOnce + 1);
        return work(item);
      })(),
    );
  }
  return started;
}

/** Resolves when that many have ended; rejects when one of them failed. */
function someEnded(promises: readonly Promise<unknown>[], wanted: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let ended = 0;
    for (const one of promises) {
      one.then(() => {
        ended += 1;
        if (ended === wanted) resolve();
      }, reject);
    }
  });
}

async function cancelAll(ids: ReadonlySet<string>, { connect, display }: Session): Promise<void> {
  if (ids.size === 0) return;
  display.note(`cancelling ${ids.size} ${ids.size === 1 ? 'upload' : 'uploads'} ...`);
  const api = connect(AbortSignal.timeout(cancelMs));
  // One that was read in the meantime cannot be cancelled any more, and need not be.
  await Promise.allSettled(
    [...ids].map((id) => api.post<UploadAnswer>(`/api/uploads/${id}/cancel`, 'status')),
  );
}

function describe({ status, pages, pageCount, percent }: Progress): string {
  if (status !== 'processing') return status === 'uploaded' ? 'waiting' : status;
  const page =
    pageCount === null || pageCount === 1
      ? ''
      : ` page ${Math.min(pages + 1, pageCount)} of ${pageCount}`;
  return percent > 0 ? `reading${page}, ${percent} %` : `reading${page}`;
}

function outcome(answer: UploadStatusAnswer): string {
  if (answer.error_code) return `${answer.status}: ${answer.error_message} (${answer.error_code})`;
  const found = answer.parsed_preview?.metadata;
  if (!found) return answer.status;
  const pages = found.pages === 1 ? '1 page' : `${found.pages} pages`;
  const failed = answer.pages_failed > 0 ? `, ${answer.pages_failed} failed` : '';
  const seconds = ((answer.metrics.total_ms ?? 0) / 1000).toFixed(1);
  const words = found.words === 1 ? '1 word' : `${found.words} words`;
  return `read: ${pages}${failed}, ${words}, ${seconds} s`;
}
