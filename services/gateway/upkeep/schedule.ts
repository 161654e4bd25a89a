// Chores that keep the ledger tidy. Every gateway carries them; each is safe to run twice, so
// no leader is needed, only a little jitter so that replicas do not march in step.
import type { Log } from '#core/log.ts';

export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

/** Runs each chore at its interval, never twice at once. Returns what stops them all. */
export function schedule(
  chores: readonly Chore[],
  deps: {
    readonly random: () => number;
    /** Told how each run ended. */
    readonly onRun: (chore: string, result: 'done' | 'failed') => void;
    readonly log: Log;
  },
): () => Promise<void> {
  let stopped = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();

  const plan = (chore: Chore) => {
    if (stopped) return;
    const delay = chore.everyMs * (0.75 + deps.random() / 2);
    timers.set(
      chore.name,
      setTimeout(() => {
        running.set(chore.name, runOnce(chore));
      }, delay),
    );
  };

  const runOnce = async (chore: Chore) => {
    try {
      await chore.run();
      deps.onRun(chore.name, 'done');
    } catch (error) {
      deps.onRun(chore.name, 'failed');
      deps.log.warn({ error, chore: chore.name }, 'upkeep failed, it will be tried again');
    }
    plan(chore);
  };

  for (const chore of chores) plan(chore);
  return async () => {
    stopped = true;
    for (const timer of timers.values()) clearTimeout(timer);
    await Promise.all(running.values());
  };
}
