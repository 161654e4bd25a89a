// What became of an upload whose reading was disturbed, asked of the ledger: its attempts, its
// events, its results.
import assert from 'node:assert/strict';
import type { AttemptEntry } from '#core/messages.ts';
import { detailOf, eventually, resultText, until } from './client.ts';

/** Resolves when some pages are recorded and more are to come. */
export async function midway(api: string, id: string): Promise<void> {
  await eventually(async () => {
    const { pages } = await detailOf(api, id);
    const done = pages.filter((page) => page.status === 'done').length;
    return done > 0 && done < pages.length ? true : undefined;
  });
}

/**
 * Of a scannedPdf or the receipt in it: every page was read with effect exactly once, and the
 * world was told once.
 */
export async function assertReadOnce(
  api: string,
  id: string,
  pages: number,
): Promise<AttemptEntry[]> {
  const parsed = await until(api, id, 'parsed');
  assert.deepEqual([parsed.page_count, parsed.pages_done, parsed.pages_failed], [pages, pages, 0]);
  assert.equal((await resultText(api, id)).match(/Triple Six Point/g)?.length, pages);
  // Events get their place in the timeline a moment after the commit.
  const { timeline, attempts_log } = await eventually(async () => {
    const detail = await detailOf(api, id);
    return detail.timeline.some(({ type }) => type === 'upload.parsed') ? detail : undefined;
  });
  const count = (type: string) => timeline.filter((event) => event.type === type).length;
  assert.equal(count('upload.parsed'), 1);
  assert.ok(count('page.done') <= pages);
  return attempts_log;
}
