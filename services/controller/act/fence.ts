// A new leader raises the epoch before anything else, where it will write: then whoever led before
// and has not noticed can write there no more.
import type { Database } from '#core/ledger/database.ts';
import { raiseEpoch as raiseInLedger, readEpoch } from '#core/ledger/scaling/epoch.ts';
import { raiseEpoch, type Target } from './patch.ts';

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
  return deployment === undefined ? epoch : raiseEpoch(target, { name: deployment, epoch });
}
