// The rules as tests can wait for them: minutes are seconds. A busy machine that reads slowly is no reason to fire.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { readRules } from '../rules.ts';
import type { Prometheus } from './prometheus.ts';

export const hurriedRules = readRules({
  shortenBy: 30,
  limits: { sloSeconds: 600, waitSeconds: 300, oldestSeconds: 10, poisoned: 0, failedRatio: 0.01 },
});

/** Until exactly these alerts fire, and three seconds later still. */
export async function expectFiring(prometheus: Prometheus, ...names: string[]): Promise<void> {
  const wanted = new Set(names);
  let seen = new Set<string>();
  for (const end = performance.now() + 120_000; performance.now() < end; await sleep(500)) {
    seen = await prometheus.firing();
    if (!isDeepStrictEqual(seen, wanted)) continue;
    await sleep(3_000);
    seen = await prometheus.firing();
    if (isDeepStrictEqual(seen, wanted)) return;
  }
  assert.deepEqual(seen, wanted);
}
