// After a lowering: which workers went. Not always those that were chosen; the difference is what
// `terminated_while_busy` counts.
import type { Database } from '#core/ledger/database.ts';
import type { Leadership, Overtaken } from '#core/ledger/scaling/epoch.ts';
import { listScaleDowns, type ScaleDown, whoWent } from '#core/ledger/scaling/scale-downs.ts';
import type { Scene } from '../observe/scene.ts';
import { type WorkerFact, workerOf } from '../observe/workers.ts';

export interface Present {
  /** Read freshly. */
  readonly scene: Scene;
  /** Names of pods on their way out. */
  readonly ending: readonly string[];
  readonly workers: readonly WorkerFact[];
  readonly atMs: number;
}

/** By then the heartbeats of who was killed are missed. */
const clearMs = 20_000;

/** `open`: it cannot be told yet of all. */
export async function seeWhoWent(
  db: Database,
  leader: Leadership,
  present: Present,
): Promise<'none' | 'open' | Overtaken> {
  const { pool } = leader;
  const lowerings = await listScaleDowns(db, { pool, limit: 100, unsettled: true });
  let open = false;
  // The oldest first, and each before the next is lowered: nobody goes twice.
  for (const lowering of lowerings.toReversed()) {
    const before = [...new Set(lowering.workers.map(({ name }) => name))];
    const isOld = present.atMs - lowering.loweredAt.getTime() > clearMs;
    const isClear = isOld || !before.some((name) => fate(present, name) === 'unclear');
    if (!present.scene.settled || !isClear) {
      open = true;
      continue;
    }
    const gone = before.filter((name) => fate(present, name) === 'went');
    const chosen = gone.filter((name) => isChosen(lowering, name));
    // As many as it was lowered by: whoever else went was taken by a rollout, an eviction, a person.
    const workerNames = chosen.length >= lowering.from - lowering.to ? chosen : gone;
    const seen = await whoWent(db, { ...leader, id: lowering.id, workerNames });
    if (seen === 'overtaken') return seen;
  }
  return open ? 'open' : 'none';
}

function isChosen({ workers }: ScaleDown, name: string): boolean {
  return workers.some((worker) => worker.name === name && worker.chosen);
}

/** A worker without a pod may be one that runs elsewhere. */
function fate({ scene, ending, workers }: Present, name: string): 'stays' | 'went' | 'unclear' {
  if (scene.pods.some((pod) => pod.name === name)) return 'stays';
  if (ending.includes(name)) return 'went';
  return workerOf(workers, { name })?.alive ? 'unclear' : 'went';
}
