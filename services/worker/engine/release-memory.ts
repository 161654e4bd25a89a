// What a large file leaves behind. The collector of JavaScript does not see how much memory hangs
// on its few objects (a PDF of large scans: 400 MB of WebAssembly), so it is asked to look. The
// process is started with --expose-gc for this.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Below this a collection costs more than it gives back. Photos leave some 120 MB. */
const large = 200 * 1024 * 1024;

/** Resident bytes of the process, after what nobody needs any more is gone. */
export async function releaseMemory(): Promise<number> {
  const before = process.memoryUsage.rss();
  if (before < large || !globalThis.gc) return before;
  globalThis.gc();
  // WebAssembly's memory goes one turn later.
  await nextTurn();
  return process.memoryUsage.rss();
}
