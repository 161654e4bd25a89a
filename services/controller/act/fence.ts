// A new leader raises the epoch before anything else, where it will write: then whoever led before
// and has not noticed can write there no more. Pods have no epoch of a Deployment to be tested, so they are
// touched: costs are only written to the version of a pod that was read.
import type { Database } from '#core/ledger/database.ts';
import { raiseEpoch as raiseInLedger, readEpoch } from '#core/ledger/scaling/epoch.ts';
import { readScene } from '../observe/cluster.ts';
import { raiseEpoch, type Target, touchPod } from './patch.ts';

/** Tells the epoch that holds then; a higher one than `epoch` is another leader's, or one from before the Lease was deleted. */
export async function fence(
  target: Target & { readonly db: Database },
  {
    pool,
    deployment,
    epoch,
  }: {
    readonly pool: string;
    /** Undefined: it is not to be touched. */
    readonly deployment: string | undefined;
    readonly epoch: number;
  },
): Promise<number> {
  const { db } = target;
  if ((await raiseInLedger(db, pool, epoch)) === 'overtaken') return readEpoch(db, pool);
  if (deployment === undefined) return epoch;
  const found = await raiseEpoch(target, { name: deployment, epoch });
  if (found > epoch) return found;
  // Read after the epoch was raised: pods that come later are unknown to whoever led before.
  const { pods } = await readScene(target, deployment);
  await Promise.all(pods.map(({ name }) => touchPod(target, name, epoch)));
  return found;
}
