// Against flapping, as the HPA does it: down only to the highest number that was right within a
// time, up only to the lowest within another. Kept are numbers that were right, not what was done.
import type { Recommendation, Stabilisation } from './types.ts';

export interface Stabilised {
  readonly wanted: number;
  readonly isPanic: boolean;
  readonly recommendations: readonly Recommendation[];
}

/**
 * `target` is right now, `previous` is what there is. Where nothing is remembered within the longer
 * window, what there is counts as right, so that a new leader takes nothing away at once.
 */
export function stabilise(
  settings: Stabilisation,
  now: { readonly atMs: number; readonly previous: number; readonly target: number },
  remembered: readonly Recommendation[],
): Stabilised {
  const recent = within(remembered, now.atMs, longest(settings));
  const before = recent.length > 0 ? recent : [{ atMs: now.atMs, wanted: now.previous }];
  const recommendations = append(before, { atMs: now.atMs, wanted: now.target });
  const floor = now.previous === 0 ? 1 : now.previous * settings.panicRatio;
  const isPanic = now.target >= floor && now.target > now.previous;
  if (isPanic) return { wanted: now.target, isPanic, recommendations };
  const up = Math.min(...numbers(recommendations, now, settings.upSeconds));
  const down = Math.max(...numbers(recommendations, now, settings.downSeconds));
  const wanted = now.previous < up ? up : Math.min(now.previous, down);
  return { wanted, isPanic, recommendations };
}

/** While readings are missing, what there is counts as right. */
export function remember(
  settings: Stabilisation,
  held: Recommendation,
  remembered: readonly Recommendation[],
): readonly Recommendation[] {
  return append(within(remembered, held.atMs, longest(settings)), held);
}

/** Of the same number twice in a row the later one says it all. */
function append(all: readonly Recommendation[], last: Recommendation): readonly Recommendation[] {
  return [...(all.at(-1)?.wanted === last.wanted ? all.slice(0, -1) : all), last];
}

function numbers(
  all: readonly Recommendation[],
  { atMs, target }: { readonly atMs: number; readonly target: number },
  seconds: number,
): number[] {
  return [target, ...within(all, atMs, seconds).map((one) => one.wanted)];
}

/** A clock that was ahead, another leader's or ours, keeps nothing for longer than the window. */
function within(all: readonly Recommendation[], atMs: number, seconds: number): Recommendation[] {
  return all
    .map((one) => ({ ...one, atMs: Math.min(one.atMs, atMs) }))
    .filter((one) => one.atMs > atMs - seconds * 1000);
}

function longest({ downSeconds, upSeconds }: Stabilisation): number {
  return Math.max(downSeconds, upSeconds);
}
