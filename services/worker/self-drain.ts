// A worker that fails everything is itself at fault: a broken library, no memory, a bad node. It stops
// taking work before it has poisoned every upload, says so, and tries again after a while.
import { toAppError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

/** How a task ended at this worker. */
export interface EndedTask {
  readonly uploadId: string;
  /** Undefined: it was read, or the file was at fault. */
  readonly failedWith: string | undefined;
}

/** Failures in a row, over that many uploads: fewer could be one deadly file. */
const failuresInRow = 5;
const uploadsInRow = 3;
const firstSeconds = 60;
const longestSeconds = 900;

/** True when the last tasks, newest last, all failed. */
export function failsEverything(ended: readonly EndedTask[]): boolean {
  const last = ended.slice(-failuresInRow);
  if (last.length < failuresInRow || last.some((one) => one.failedWith === undefined)) return false;
  return new Set(last.map((one) => one.uploadId)).size >= uploadsInRow;
}

/** How long to stay away: longer each time without a success in between. */
export function drainSeconds(before: number): number {
  return Math.min(longestSeconds, firstSeconds * 2 ** before);
}

/** Their absence says nothing about this worker. */
const elsewhere: ReadonlySet<string> = new Set([
  'ledger.unavailable',
  'broker.unavailable',
  'objects.unavailable',
]);

export interface SelfDrain {
  read(uploadId: string): void;
  failed(uploadId: string, error: unknown): void;
}

export function createSelfDrain(deps: {
  readonly drain: (drain: { reason: string; seconds: number }) => Promise<void>;
  readonly log: Log;
}): SelfDrain {
  const { log } = deps;
  let ended: EndedTask[] = [];
  let drains = 0;

  const read = (uploadId: string) => {
    drains = 0;
    ended = [{ uploadId, failedWith: undefined }];
  };

  return {
    read,
    failed(uploadId, error) {
      const { code, outcome } = toAppError(error);
      if (outcome === 'fail') read(uploadId);
      if (outcome !== 'retry' || elsewhere.has(code)) return;
      ended = [...ended, { uploadId, failedWith: code }].slice(-failuresInRow);
      if (!failsEverything(ended)) return;
      const seconds = drainSeconds(drains);
      const reason = `the last ${failuresInRow} tasks failed, the last one with ${code}`;
      ended = [];
      drains++;
      log.error({ code, seconds }, 'this worker fails everything, it drains itself');
      deps.drain({ reason, seconds }).catch((thrown: unknown) => {
        log.error({ error: thrown }, 'this worker could not drain itself');
      });
    },
  };
}
