// The time of one task, counted only while the engine works: waiting for the ledger or the
// object store is not the file's fault.
export interface TimeLimits {
  /** After which the engine is asked to stop, and after which it is killed. */
  readonly softMs: number;
  readonly hardMs: number;
}

export interface Stopwatch {
  /** Counts until `end`; calls when a limit of the whole task is reached meanwhile. */
  lap(reached: { onSoft: () => void; onHard: () => void }): { end(): void };
}

export function startStopwatch({ softMs, hardMs }: TimeLimits): Stopwatch {
  let spent = 0;
  return {
    lap({ onSoft, onHard }) {
      const started = performance.now();
      const soft = setTimeout(onSoft, Math.max(0, softMs - spent));
      const hard = setTimeout(onHard, Math.max(0, hardMs - spent));
      return {
        end() {
          clearTimeout(soft);
          clearTimeout(hard);
          spent += performance.now() - started;
        },
      };
    },
  };
}
