// The time of one task, counted only while the engine works: waiting for the ledger or the
// object store is not the file's fault.
import { whenLate } from './late.ts';

export interface TimeLimits {
  /** After which the engine is asked to stop. It is killed when it does not, see slot.ts. */
  readonly softMs: number;
  /** After which it is killed, whether it was asked or not. */
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
      const soft = whenLate(Math.max(0, softMs - spent), onSoft);
      const hard = whenLate(Math.max(0, hardMs - spent), onHard);
      return {
        end() {
          soft.callOff();
          hard.callOff();
          spent += performance.now() - started;
        },
      };
    },
  };
}
