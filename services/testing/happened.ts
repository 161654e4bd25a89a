import assert from 'node:assert/strict';

/** Resolves when `condition` is true; fails with what `otherwise` says after half a minute. */
export async function happened(
  condition: () => boolean | Promise<boolean>,
  otherwise: () => string = () => 'it did not happen',
): Promise<void> {
  for (const end = performance.now() + 30_000; !(await condition()); ) {
    if (performance.now() > end) assert.fail(`within half a minute ${otherwise()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
