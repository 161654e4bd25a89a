// How a long file is cut into tasks, so that a big PDF uses every worker and a killed worker
// loses little.

export interface PageRange {
  readonly first: number;
  readonly last: number;
}

/** Work that one range may hold, in milliseconds: short enough to lose. */
const mostMs = 30_000;
/** And that it should hold: less is not worth a message. */
const leastMs = 500;
/** Ranges for each of several slots: pages differ, and nobody shall wait for the slowest share. */
const perSlot = 4;

/**
 * Contiguous ranges over `pages` (ascending page numbers). `msPerPage` is what a page took so
 * far; `slots` is how many engines could take part (at least 1).
 */
export function cutRanges(
  pages: readonly number[],
  { msPerPage, slots }: { msPerPage: number; slots: number },
): PageRange[] {
  const pagesIn = (ms: number) => Math.max(1, Math.floor(ms / Math.max(1, msPerPage)));
  const share = slots > 1 ? Math.ceil(pages.length / (perSlot * slots)) : pages.length;
  const size = Math.min(pagesIn(mostMs), Math.max(pagesIn(leastMs), share));
  const ranges: PageRange[] = [];
  let open: { first: number; last: number } | undefined;
  for (const page of pages) {
    if (open && page === open.last + 1 && page - open.first < size) {
      open.last = page;
    } else {
      open = { first: page, last: page };
      ranges.push(open);
    }
  }
  return ranges;
}
