// What one decision leaves to the next, as the ledger keeps it. Another version may have written it:
// what cannot be read is begun anew, that costs a while of learning.
import { noMemory } from './policy/decide.ts';
import type { ShadowMemory } from './policy/keda.ts';
import type { Memory } from './policy/types.ts';

export interface Remembered {
  readonly own: Memory;
  readonly shadow: ShadowMemory | undefined;
}

export const blank: Remembered = { own: noMemory, shadow: undefined };

export function recall(stored: unknown): Remembered {
  const { own, shadow } = (stored ?? {}) as Partial<Remembered>;
  return {
    own: own && hasShape(own, noMemory) ? own : noMemory,
    shadow: shadow && typeof shadow.workers === 'number' ? shadow : undefined,
  };
}

/** Every number of the pattern is one there too, all the way down. */
function hasShape(value: unknown, pattern: object): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(pattern).every(([key, part]: [string, unknown]) => {
    const own = (value as Record<string, unknown>)[key];
    if (Array.isArray(part)) return Array.isArray(own);
    return typeof part === 'object' && part !== null
      ? hasShape(own, part)
      : typeof own === typeof part;
  });
}
