export interface Pace {
  readonly atOnce: number;
  readonly everyMs: number;
}

/** Of wake-ups. An upload alone changes four times, of which none waits; under load many are told together. */
export const wakeUpPace: Pace = { atOnce: 8, everyMs: 25 };

/**
 * How long the next one has to wait, in milliseconds: a few may go at once, then one each
 * `everyMs`. So alone nobody waits, and in a crowd many things are done together.
 */
export function createPace(
  options: Pace & {
    /** Milliseconds. */
    readonly now: () => number;
  },
): () => number {
  const { atOnce, everyMs, now } = options;
  // When the next one would be due if each had taken its time.
  let due = 0;
  return () => {
    const at = now();
    const wait = Math.max(0, due - at - (atOnce - 1) * everyMs);
    due = Math.max(due, at) + everyMs;
    return wait;
  };
}
