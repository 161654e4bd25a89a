// Work that many ask for and that is done for all of them together: wake-ups, most of all.
import { setTimeout as sleep } from 'node:timers/promises';
import { createPace, type Pace } from './pace.ts';

export interface Coalesced {
  /** Begins the work; asked for while it runs, it runs once more after that, for however many. */
  wake(): void;
  /** Resolves when what was asked for is done. */
  done(): Promise<void>;
}

/** `work` rejects never. Beyond `pace`, if there is one, it waits, and gathers who asks meanwhile. */
export function coalesce(work: () => Promise<void>, pace?: Pace): Coalesced {
  const nextWait = pace ? createPace({ ...pace, now: () => performance.now() }) : () => 0;
  let state: 'idle' | 'running' | 'again' = 'idle';
  let current: Promise<void> = Promise.resolve();
  const isAgain = () => state === ('again' as typeof state);

  const run = async () => {
    do {
      const wait = nextWait();
      if (wait > 0) await sleep(wait, undefined, { ref: false });
      state = 'running';
      await work();
    } while (isAgain());
    state = 'idle';
  };

  return {
    wake() {
      if (state !== 'idle') {
        state = 'again';
        return;
      }
      state = 'running';
      current = run();
    },
    done: () => current,
  };
}
