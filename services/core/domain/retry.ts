// How often a task that fails for our own reasons is tried again, and when.

/** Failures in a row without a page read in between, after which a task is quarantined. */
export const maxFailures = 3;

/** Times a task may lose its worker (crash, node gone) before it is suspected of killing it. */
export const maxLosses = 6;

const firstDelayMs = 1_000;
const longestDelayMs = 60_000;

/** Milliseconds until the next try: doubles from 1 s to 60 s, the upper half of it by `random` in [0, 1). */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
