// Effects of a finished reading are worth waiting for: while the ledger is away the worker
// keeps what it has and tries again. The commit of a try that got no answer may have gone through:
// a claim, pages and an end repeated with the same attempt find what they did, anything
// else that comes late is fenced.
import { setTimeout as sleep } from 'node:timers/promises';
import { toAppError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** Longer than this and the lease has passed to somebody else anyway. */
const patienceMs = 120_000;

/** Runs `effect` until it does not meet `ledger.unavailable`, for two minutes at most. */
export async function persist<T>(log: Log, effect: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let delay = firstDelayMs; ; delay = Math.min(delay * 2, longestDelayMs)) {
    try {
      return await effect();
    } catch (error) {
      const { code } = toAppError(error);
      if (code !== 'ledger.unavailable' || performance.now() > end) throw error;
      log.warn({ error, delayMs: delay }, 'ledger away, waiting');
      await sleep(delay);
    }
  }
}
