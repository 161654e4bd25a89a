/** As many digits as a person reads: 0.0333, 3.14, 1250. */
export function show(value: number): string {
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** `1 worker`, `2 workers`. */
export function count(amount: number, word: string): string {
  return `${show(amount)} ${word}${amount === 1 ? '' : 's'}`;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
