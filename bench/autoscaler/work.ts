// Uploads as tasks: one opens the upload, reads on for 0.3 s and shares out what is then left, cut
// by the very function that the worker uses.
import { cutRanges } from '#core/domain/ranges.ts';
import { sum } from '../statistics.ts';
import type { Upload } from './traces.ts';

export interface Task {
  readonly upload: Upload;
  readonly opens: boolean;
  readonly dueAt: number;
  /** Pages of the upload, from 0; those that a cut off attempt has recorded are not in it. */
  readonly first: number;
  readonly last: number;
}

/** To claim a task, fetch its bytes and record its end. */
const aroundSeconds = 0.03;
const openSeconds = 0.3;

export interface Attempt {
  readonly seconds: number;
  /** Pages that are recorded after so many seconds. */
  recorded(seconds: number): number;
  /** Due when it has ended. */
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
}

export function attempt(task: Task, liveSlots: number): Attempt {
  const pages = task.upload.pages.slice(task.first, task.last + 1).map((page) => page.seconds);
  const whole: Attempt = {
    seconds: aroundSeconds + sum(pages),
    recorded: (seconds) => recordedOf(pages, seconds),
    ranges: [],
  };
  if (!task.opens) return whole;
  let read = 0;
  let elapsed = 0;
  while (read < pages.length && elapsed <= openSeconds) elapsed += pages[read++] ?? 0;
  const left = pages.slice(read).map((_seconds, i) => task.first + read + i);
  const ranges = cutRanges(left, { msPerPage: (elapsed / read) * 1000, slots: liveSlots });
  if (ranges.length <= 1) return whole;
  return { seconds: aroundSeconds + elapsed, recorded: () => 0, ranges };
}

function recordedOf(pages: readonly number[], seconds: number): number {
  let elapsed = aroundSeconds;
  let done = 0;
  for (const page of pages) {
    elapsed += page;
    if (elapsed > seconds) break;
    done++;
  }
  return done;
}
