const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** How long ago that was, in the two largest units that say something: `3 d 4 h`, `12 min`, `0 s`. */
export function ago(time: string, now: number): string {
  let seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1_000));
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(seconds / length);
    seconds -= count * length;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}
