/** One pixel of so many tells enough; no divisor of a usual width. */
const every = 61;

/** How bright the middling pixel is: the ground of a page, since print covers little of it. */
export function medianOf(data: Uint8Array): number {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let i = 0; i < data.length; i += every) {
    counts[data[i] as number] = (counts[data[i] as number] as number) + 1;
    total++;
  }
  let level = 0;
  for (let below = counts[0] as number; below * 2 < total; below += counts[level] as number)
    level++;
  return level;
}
