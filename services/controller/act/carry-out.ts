// From a decision to what is done about it: the fence first, the decision stored before its effects,
// who went before anybody goes. Every write is fenced by the epoch.
import type { Database } from '#core/ledger/database.ts';
import { type Leadership, readEpoch } from '#core/ledger/scaling/epoch.ts';
import { recordDecision } from '#core/ledger/scaling/record-decision.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { Paths } from '../kubernetes/paths.ts';
import type { Cluster } from '../observe/cluster.ts';
import { readWorkers } from '../observe/observe.ts';
import type { Scene } from '../observe/scene.ts';
import type { WorkerFact } from '../observe/workers.ts';
import type { ShadowDecision } from '../policy/keda.ts';
import type { Decision } from '../policy/types.ts';
import { act } from './act.ts';
import { fence } from './fence.ts';
import { writeReplicas } from './patch.ts';
import { type Plan, plan, type Step } from './plan.ts';
import { seeWhoWent } from './see-who-went.ts';

export interface CarryingOut {
  readonly db: Database;
  readonly kubernetes: Pick<Kubernetes, 'request'>;
  readonly paths: Paths;
  readonly cluster: Pick<Cluster, 'freshScene' | 'ending'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Intent {
  readonly leader: Leadership;
  readonly decision: Decision;
  readonly shadow: ShadowDecision;
  /** For the next decision, whoever makes it. */
  readonly memory: unknown;
  /** From the caches. */
  readonly scene: Scene;
  readonly workers: readonly WorkerFact[];
  readonly drainSeconds: number;
  /** `scale`: towards what was decided. `rest`: nobody stays drained, else nothing. `watch`: nothing at all. */
  readonly mode: 'scale' | 'rest' | 'watch';
}

/** What one leader remembers of one pool, only to save reads. */
export interface Progress {
  isFenced: boolean;
  /** `open`: of some lowering it is not known who went. */
  lowerings: 'none' | 'open';
  stored: { readonly gist: string; readonly atMs: number } | undefined;
}

export const noProgress = (): Progress => ({
  isFenced: false,
  lowerings: 'open',
  stored: undefined,
});

export interface CarriedOut {
  readonly waitsFor: string | undefined;
  /** A higher epoch was found. */
  readonly overtakenBy?: number;
}

export async function carryOut(
  deps: CarryingOut,
  intent: Intent,
  progress: Progress,
  onDone: (step: Step, from: number) => void,
): Promise<CarriedOut> {
  const { db, cluster } = deps;
  const { leader, scene, workers, mode } = intent;
  const overtaken = async () => ({
    waitsFor: undefined,
    overtakenBy: await readEpoch(db, leader.pool),
  });
  if (!progress.isFenced) {
    // While it only watches it writes nothing there that would have to be fenced.
    const deployment = mode === 'watch' && scene.epoch === 0 ? undefined : scene.deployment;
    const found = await fence(deps, { ...leader, deployment });
    if (found > leader.epoch) return { waitsFor: undefined, overtakenBy: found };
    progress.isFenced = deployment !== undefined;
  }
  if ((await store(deps, intent, progress)) === 'overtaken') return overtaken();
  if (mode === 'watch') return { waitsFor: undefined };

  if (progress.lowerings === 'open' && scene.settled) {
    const fresh = await cluster.freshScene(scene.deployment);
    const present = { scene: fresh, workers, ending: cluster.ending(), atMs: deps.now() };
    const seen = await seeWhoWent(db, leader, present);
    if (seen === 'overtaken') return overtaken();
    progress.lowerings = seen;
  }
  const planned = planFor(intent, progress, { scene, workers, atMs: deps.now() });
  if (planned.steps.length === 0 && !isForeign(intent, scene)) return planned;

  // In this order: a worker that was drained before the pods were read was so when they were.
  const current = await readWorkers(db, leader.pool);
  const fresh = await cluster.freshScene(scene.deployment);
  if (fresh.epoch > leader.epoch) return { waitsFor: undefined, overtakenBy: fresh.epoch };
  if (fresh.epoch < leader.epoch) {
    // Another Deployment of the same name.
    progress.isFenced = false;
    return { waitsFor: 'the Deployment was made anew' };
  }
  const { steps, waitsFor } = planFor(intent, progress, {
    scene: fresh,
    workers: current,
    atMs: deps.now(),
  });
  const { drainSeconds } = intent;
  const acting = { ...deps, ...leader, scene: fresh, drainSeconds };
  if (steps.some((step) => step.do === 'lower')) progress.lowerings = 'open';
  const outcome = await act(steps, acting, (step) => onDone(step, fresh.replicas));
  if (outcome === 'overtaken') return overtaken();
  if (
    isForeign(intent, fresh) &&
    !steps.some((step) => step.do === 'raise' || step.do === 'lower')
  ) {
    const { deployment: name, replicas } = fresh;
    await writeReplicas(deps, { name, epoch: leader.epoch, from: replicas, to: replicas });
  }
  return { waitsFor: outcome === 'changed' ? 'somebody else was quicker' : waitsFor };
}

interface Present {
  readonly scene: Scene;
  readonly workers: readonly WorkerFact[];
  readonly atMs: number;
}

function planFor({ mode, decision }: Intent, { lowerings }: Progress, present: Present): Plan {
  const { scene } = present;
  return plan({
    ...present,
    scene: { ...scene, settled: scene.settled && lowerings === 'none' },
    wanted: mode === 'scale' ? decision.wanted : scene.replicas,
  });
}

/** Replicas that we did not write; from now on they are ours. */
function isForeign({ mode }: Intent, scene: Scene): boolean {
  return mode === 'scale' && scene.written !== scene.replicas;
}

/** Unless it says the same as the last one; now and then that too. */
const storeEveryMs = 60_000;

async function store(
  { db, now }: CarryingOut,
  { leader, decision, shadow, memory }: Intent,
  progress: Progress,
): Promise<'recorded' | 'overtaken'> {
  const { wanted, previous, reason, missing } = decision;
  const gist = JSON.stringify([wanted, previous, reason, missing.length, shadow.wanted]);
  const atMs = now();
  const { stored } = progress;
  if (stored?.gist === gist && atMs - stored.atMs < storeEveryMs) return 'recorded';
  const outcome = await recordDecision(db, leader, { decision, shadow, memory });
  if (outcome === 'recorded') progress.stored = { gist, atMs };
  return outcome;
}
