// A server that takes connections and does not answer costs every caller its whole time-out. So
// after one that waited in vain the next are refused at once; each second one of them is let through
// to see whether the server speaks again. A server that refuses connections needs none of this: it
// costs nobody any time.
import { AppError } from '../errors.ts';

export interface Silence {
  /** Runs `work`, or throws `ledger.unavailable` at once while the server is known to be silent. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `work` in any case, and learns from how it ends. */
  watch<T>(work: () => Promise<T>): Promise<T>;
}

const pauseMs = 1_000;

/** `now`: monotonic milliseconds. */
export function createSilence(now: () => number): Silence {
  let silent = false;
  let askAgainAt = 0;

  const watch = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      const result = await work();
      silent = false;
      return result;
    } catch (error) {
      // An error of SQL is an answer; a broken connection proves nothing.
      if (wasSilent(error)) silent = true;
      else if (!(error instanceof AppError)) silent = false;
      askAgainAt = now() + pauseMs;
      throw error;
    }
  };

  return {
    watch,
    async guard(work) {
      if (silent) {
        if (now() < askAgainAt) {
          throw new AppError('ledger.unavailable', 'the database does not answer');
        }
        // This one asks; whoever comes while it waits is refused.
        askAgainAt = Number.POSITIVE_INFINITY;
      }
      return watch(work);
    },
  };
}

/** The driver has no codes for these. Waiting in the pool is not among them: that is us, not the server. */
const inVain = /timeout expired|due to connection timeout|Query read timeout/;

/** True when the server let us wait until we gave up. */
export function wasSilent(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof Error && inVain.test(cause.message);
}
