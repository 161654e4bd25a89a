// Random numbers that are the same for the same seed.

export interface Random {
  /** From 0 up to 1. */
  next(): number;
  between(low: number, high: number): number;
  /** Of this mean: the time between arrivals that know nothing of each other. */
  exponential(mean: number): number;
  /** Most near the median; `spread` 0.5 puts two thirds within a factor of 1.65. */
  lognormal(median: number, spread: number): number;
  /** At least `least`; the smaller the shape, the longer the tail. */
  pareto(least: number, shape: number): number;
  pick<T>(from: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  /** Mulberry32. */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    exponential: (mean) => -mean * Math.log(1 - next()),
    lognormal: (median, spread) => median * Math.exp(spread * normal()),
    pareto: (least, shape) => least / (1 - next()) ** (1 / shape),
    pick: (from) => {
      const one = from[Math.floor(next() * from.length)];
      if (one === undefined) throw new Error('there is nothing to pick from');
      return one;
    },
  };
}
