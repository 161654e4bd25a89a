// How a long file is cut into tasks, so that a big PDF uses every worker and a killed worker
// loses little.

export interface PageRange {
  readonly first: number;
  readonly last: number;
}

/** Work that one range should hold, in milliseconds: long enough to be worth a message, short enough to lose. */
const rangeMs = 30_000;

/**
 * Contiguous ranges over `pages` (ascending page numbers). `msPerPage` is what a page took so
 * far; `slots` is how many engines could take part (at least 1).
 */
export function cutRanges(
  pages: readonly number[],
  { msPerPage, slots }: { msPerPage: number; slots: number },
): PageRange[] {
  const byTime = Math.max(1, Math.floor(rangeMs / Math.max(1, msPerPage)));
  const byShare = Math.max(1, Math.ceil(pages.length / Math.max(1, slots)));
  const size = Math.min(byTime, byShare);
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
