// Does the steps of a plan, one after another; the first that finds the world changed ends them, and
// the next look plans again. Caches say that there is something to do, fresh reads say what.
import type { Database } from '#core/ledger/database.ts';
import { chooseForDrain, prolong, undrain } from '#core/ledger/scaling/drains.ts';
import type { Overtaken } from '#core/ledger/scaling/epoch.ts';
import { recordScaleDown } from '#core/ledger/scaling/scale-downs.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { Paths } from '../kubernetes/paths.ts';
import type { Scene } from '../observe/scene.ts';
import { chosenCost } from './costs.ts';
import { readEpoch, writeCost, writeReplicas } from './patch.ts';
import type { Step } from './plan.ts';

export interface Acting {
  readonly db: Database;
  readonly kubernetes: Pick<Kubernetes, 'request'>;
  readonly paths: Paths;
  readonly pool: string;
  readonly epoch: number;
  /** Read freshly; the steps follow from it. */
  readonly scene: Scene;
  /** How long a chosen worker may take. */
  readonly drainSeconds: number;
}

export type Outcome =
  | 'done'
  /** The world is another one by now. */
  | 'changed'
  | Overtaken;

/** Tells each step that was done; ends at the first that was not. */
export async function act(
  steps: readonly Step[],
  acting: Acting,
  onDone: (step: Step) => void,
): Promise<Outcome> {
  for (const step of steps) {
    const outcome = await perform(step, acting);
    if (outcome !== 'done') return outcome;
    onDone(step);
  }
  return 'done';
}

function perform(step: Step, acting: Acting): Promise<Outcome> {
  switch (step.do) {
    case 'raise':
      return replicas(acting, step.to);
    case 'choose':
      return choose(acting, step.pods);
    case 'lower':
      return lower(acting, step);
    case 'undrain':
      return putBack(acting, step.workers);
    case 'keep':
      return keep(acting, step.workers);
    case 'price':
      return costs(acting, step.pods, step.cost);
    case 'forget':
      return costs(acting, step.pods, undefined);
  }
}

async function replicas({ scene, ...acting }: Acting, to: number): Promise<Outcome> {
  const change = { name: scene.deployment, epoch: acting.epoch, from: scene.replicas, to };
  return (await writeReplicas(acting, change)) ? 'done' : 'changed';
}

/** The cost first: whoever sees the pod not ready sees the cost too. */
async function choose(acting: Acting, pods: readonly string[]): Promise<Outcome> {
  const given = await costs(acting, pods, chosenCost);
  if (given !== 'done') return given;
  const { db, pool, epoch, drainSeconds } = acting;
  const chosen = { pool, epoch, workerNames: pods, untilSeconds: drainSeconds };
  const drained = await chooseForDrain(db, chosen);
  return drained === 'overtaken' ? drained : 'done';
}

async function lower(
  acting: Acting,
  { to, going, drained }: Extract<Step, { readonly do: 'lower' }>,
): Promise<Outcome> {
  const { db, pool, epoch, scene } = acting;
  const from = scene.replicas;
  // Noted first: from then on no operator puts them back to work.
  const recorded = await recordScaleDown(db, { pool, epoch, from, to, chosen: going });
  if (recorded === 'overtaken') return recorded;
  const kept = await keep(acting, drained);
  return kept === 'done' ? replicas(acting, to) : kept;
}

async function keep(
  { db, pool, epoch, drainSeconds }: Acting,
  workerNames: readonly string[],
): Promise<Outcome> {
  const still = await prolong(db, { pool, epoch, workerNames, untilSeconds: drainSeconds });
  if (still === 'overtaken') return still;
  // A drain that ended by itself in between: that worker may hold something again.
  return still.length < workerNames.length ? 'changed' : 'done';
}

async function putBack({ db, pool, epoch }: Acting, workers: readonly string[]): Promise<Outcome> {
  const back = await undrain(db, { pool, epoch, workerNames: workers });
  return back === 'overtaken' ? back : 'done';
}

async function costs(
  acting: Acting,
  pods: readonly string[],
  cost: number | undefined,
): Promise<Outcome> {
  const { scene, epoch } = acting;
  // After the pods: whoever raises it from now on touches them, and their versions are old ones then.
  if ((await readEpoch(acting, scene.deployment)) !== epoch) return 'changed';
  const seen = scene.pods.filter(({ name }) => pods.includes(name));
  const given = await Promise.all(seen.map((pod) => writeCost(acting, pod, cost)));
  return given.every(Boolean) ? 'done' : 'changed';
}
