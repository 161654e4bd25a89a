// When to look: whenever something may have changed, but not more often than the pace allows, and
// now and then without being asked, as wake-ups get lost and time passes.
import { coalesce } from '#core/coalesce.ts';
import type { Log } from '#core/log.ts';
import type { Pace } from '#core/pace.ts';
import type { Leader } from './leader.ts';
import type { ControllerMetrics } from './metrics.ts';
import type { Cluster } from './observe/cluster.ts';
import type { Reconcile } from './reconcile.ts';

export interface Looks {
  wake(): void;
  /** Resolves when the look that is under way has ended. */
  stop(): Promise<void>;
}

const pace: Pace = { atOnce: 2, everyMs: 1_000 };
const tickMs = 5_000;

export function createLooks(deps: {
  readonly cluster: Pick<Cluster, 'pools'>;
  readonly leader: Pick<Leader, 'epoch' | 'lift'>;
  readonly reconcile: Reconcile;
  readonly metrics: Pick<ControllerMetrics, 'pools'>;
  readonly log: Log;
}): Looks {
  const { cluster, leader, reconcile, metrics, log } = deps;
  let stopped = false;

  const look = async () => {
    const pools = cluster.pools();
    if (!pools) return;
    metrics.pools(pools.map(({ spec }) => spec.pool));
    for (const pool of pools) {
      const epoch = leader.epoch();
      if (epoch === undefined || stopped) return;
      const higher = await reconcile(pool, epoch);
      if (higher !== undefined) await leader.lift(higher);
    }
  };
  const looks = coalesce(
    () => look().catch((error: unknown) => log.error({ error }, 'a look failed')),
    pace,
  );
  const tick = setInterval(looks.wake, tickMs);

  return {
    wake: looks.wake,
    stop() {
      stopped = true;
      clearInterval(tick);
      return looks.done();
    },
  };
}
