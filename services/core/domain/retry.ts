// How often a task that fails for our own reasons is tried again, and when.

/** Failures by one cause without a page read in between, after which a task is quarantined. */
export const maxFailures = 3;

/** The same whatever the causes: one that fails differently each time is no better. */
export const maxFailuresOfAll = 6;

/** How often a task failed since a page was last read, by the code of the error. */
export type Causes = Readonly<Record<string, number>>;

/** The count with one more failure, and whether the task is to be tried again. */
export function countFailure(
  causes: Causes,
  code: string,
): { causes: Causes; failures: number; verdict: 'again' | 'quarantine' } {
  const ofCause = (causes[code] ?? 0) + 1;
  const counted = { ...causes, [code]: ofCause };
  const failures = Object.values(counted).reduce((sum, count) => sum + count, 0);
  const enough = ofCause >= maxFailures || failures >= maxFailuresOfAll;
  return { causes: counted, failures, verdict: enough ? 'quarantine' : 'again' };
}

/** Times a task may lose its worker (crash, node gone) before it is suspected of killing it. */
export const maxLosses = 6;

const firstDelayMs = 1_000;
const longestDelayMs = 60_000;

/** Milliseconds until the next try: doubles from 1 s to 60 s, the upper half of it by `random` in [0, 1). */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
