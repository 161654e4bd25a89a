// What work costs in seconds of a slot, learned from the tasks that ended: for a task that opens an
// upload their mean, for a page a fixed part and a part for each of its megapixels, by weighted
// least squares. Sums are all that is kept, so it is exact after a restart and small as JSON.
// A task that took far more than expected counts as one that took some times as much: one scan
// from hell makes nothing expensive, and a real change is learned all the same, in steps.
import { clamp } from './numbers.ts';
import type { Amount, EndedTask, LearnedCost } from './types.ts';

/** What older tasks weigh after each new one: the last hundred decide. */
const keep = 0.99;
/** A task counts as this many times what was expected of it at most. */
const outlier = 8;
/** Nobody's page is larger, and no page may cost more. */
const limits = { megapixels: 200, seconds: 600 };
/** Any task takes this long: to be claimed, fetched, recorded. */
const leastSeconds = 0.02;

/**
 * Believed before anything was read and never quite forgotten, so that there is always a line: pages
 * of 1 and 8 megapixels as one core reads them (docs/performance.md), and a second to open an upload.
 */
const prior: LearnedCost['sums'] = {
  opened: 1,
  openedSeconds: 1,
  pages: 1,
  pageSeconds: 0.5 * 0.3 + 0.5 * 1.5,
  megapixels: 0.5 * 1 + 0.5 * 8,
  megapixelsSquared: 0.5 * 1 + 0.5 * 64,
  megapixelSeconds: 0.5 * 0.3 + 0.5 * 8 * 1.5,
};

export const nothingLearned: LearnedCost = {
  untilMs: 0,
  sums: {
    opened: 0,
    openedSeconds: 0,
    pages: 0,
    pageSeconds: 0,
    megapixels: 0,
    megapixelsSquared: 0,
    megapixelSeconds: 0,
  },
};

export interface UnitCost {
  /** Of a task that opens an upload. */
  readonly openedSeconds: number;
  readonly pageSeconds: number;
  readonly megapixelSeconds: number;
  /** Of a page whose size nobody knows. */
  readonly megapixelsOfPage: number;
}

/** Tasks that ended before the last ones learned from are passed over. */
export function learn(cost: LearnedCost, ended: readonly EndedTask[]): LearnedCost {
  const unseen = ended
    .filter((task) => task.endedAtMs > cost.untilMs)
    .toSorted((a, b) => a.endedAtMs - b.endedAtMs);
  const untilMs = unseen.at(-1)?.endedAtMs ?? cost.untilMs;
  return { untilMs, sums: unseen.reduce(add, cost.sums) };
}

export function unitCost(cost: LearnedCost): UnitCost {
  const sums = plus(cost.sums, prior);
  const megapixelsOfPage = sums.megapixels / sums.pages;
  const spread = sums.megapixelsSquared / sums.pages - megapixelsOfPage ** 2;
  const together =
    sums.megapixelSeconds / sums.pages - megapixelsOfPage * (sums.pageSeconds / sums.pages);
  const slope = Math.max(0, together / spread);
  const fixed = sums.pageSeconds / sums.pages - slope * megapixelsOfPage;
  return {
    openedSeconds: sums.openedSeconds / sums.opened,
    // A line that would give something for an empty page is laid through nothing.
    pageSeconds: Math.max(0, fixed),
    megapixelSeconds: fixed >= 0 ? slope : sums.megapixelSeconds / sums.megapixelsSquared,
    megapixelsOfPage,
  };
}

/** Seconds of one slot. */
export function secondsOf(amount: Amount, unit: UnitCost): number {
  const unmeasured = Math.max(0, amount.pages - amount.measuredPages);
  const seconds =
    amount.unopened * unit.openedSeconds +
    amount.pages * unit.pageSeconds +
    (amount.megapixels + unmeasured * unit.megapixelsOfPage) * unit.megapixelSeconds;
  return Math.max(seconds, amount.tasks * leastSeconds);
}

function add(sums: LearnedCost['sums'], task: EndedTask): LearnedCost['sums'] {
  const unit = unitCost({ untilMs: 0, sums });
  const older = times(sums, keep);
  if (task.opened) {
    const seconds = clamp(task.seconds, 0, Math.min(limits.seconds, outlier * unit.openedSeconds));
    return { ...older, opened: older.opened + 1, openedSeconds: older.openedSeconds + seconds };
  }
  if (task.pages <= 0) return sums;
  const megapixels = clamp(task.megapixels / task.pages, 0, limits.megapixels);
  const expected = unit.pageSeconds + megapixels * unit.megapixelSeconds;
  const most = Math.min(limits.seconds, outlier * Math.max(expected, leastSeconds));
  const seconds = clamp(task.seconds / task.pages, 0, most);
  return plus(older, {
    opened: 0,
    openedSeconds: 0,
    pages: task.pages,
    pageSeconds: task.pages * seconds,
    megapixels: task.pages * megapixels,
    megapixelsSquared: task.pages * megapixels ** 2,
    megapixelSeconds: task.pages * megapixels * seconds,
  });
}

function times(sums: LearnedCost['sums'], factor: number): LearnedCost['sums'] {
  return combine(sums, sums, (value) => value * factor);
}

function plus(a: LearnedCost['sums'], b: LearnedCost['sums']): LearnedCost['sums'] {
  return combine(a, b, (one, other) => one + other);
}

function combine(
  a: LearnedCost['sums'],
  b: LearnedCost['sums'],
  join: (one: number, other: number) => number,
): LearnedCost['sums'] {
  return {
    opened: join(a.opened, b.opened),
    openedSeconds: join(a.openedSeconds, b.openedSeconds),
    pages: join(a.pages, b.pages),
    pageSeconds: join(a.pageSeconds, b.pageSeconds),
    megapixels: join(a.megapixels, b.megapixels),
    megapixelsSquared: join(a.megapixelsSquared, b.megapixelsSquared),
    megapixelSeconds: join(a.megapixelSeconds, b.megapixelSeconds),
  };
}
