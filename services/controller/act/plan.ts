// What to do next with the workers of one Deployment, from what is; nothing is remembered. Pure, so
// that every case is a line of a table. The order that kills no work:
//
//   choose     the idlest: first its pod is given the lowest cost of deletion, then it is drained
//   wait       until it is drained, its pod is not ready, and the ReplicaSet's own count has fallen
//   price      those that were chosen and still work higher than those that go
//   lower      by exactly as many as there are empty pods that are not ready
//   keep       them drained until they are gone, however long Kubernetes takes
//   see        who went, and begin again with what is
//
// A ReplicaSet deletes pods without a node first, then pods that are not ready, then those of the lowest
// cost. So a lowering is safe when every pod that is not ready is known to be empty, and the ReplicaSet
// knows that they are not ready: its count of ready ones comes from the cache that it chooses from.
import type { Scene, ScenePod } from '../observe/scene.ts';
import { type WorkerFact, workerOf } from '../observe/workers.ts';
import { chosenCost, ourCost, spare } from './costs.ts';

export interface Situation {
  readonly scene: Scene;
  readonly workers: readonly WorkerFact[];
  readonly wanted: number;
  readonly atMs: number;
}

export type Step =
  | { readonly do: 'raise'; readonly to: number }
  | { readonly do: 'choose'; readonly pods: readonly string[] }
  | {
      readonly do: 'lower';
      readonly to: number;
      /** Pods that are meant to go. */
      readonly going: readonly string[];
      /** Of these, those with a worker that was drained for it. */
      readonly drained: readonly string[];
    }
  | { readonly do: 'undrain'; readonly workers: readonly string[]; readonly because: string }
  /** Their drains go on: they may be about to be deleted. */
  | { readonly do: 'keep'; readonly workers: readonly string[] }
  /** So that others go before these, or these before others. */
  | { readonly do: 'price'; readonly pods: readonly string[]; readonly cost: number }
  | { readonly do: 'forget'; readonly pods: readonly string[] };

export interface Plan {
  readonly steps: readonly Step[];
  /** What has to happen first, for people; undefined: nothing is waited for. */
  readonly waitsFor: string | undefined;
}

/** A pod that has not been ready for as long will not be, by itself. */
const youngMs = 300_000;
/** For as long after a pod has turned ready the ReplicaSet may not know it. */
const freshMs = 10_000;
/** Less than this of a drain is prolonged while a lowering is not done: a few looks, less than any drain lasts. */
const keepSeconds = 20;

interface Pod extends ScenePod {
  readonly worker: WorkerFact | undefined;
}

export function plan(situation: Situation): Plan {
  const pods = situation.scene.pods.map((pod) => ({
    ...pod,
    worker: workerOf(situation.workers, pod),
  }));
  const planned = numberOf(situation, pods);
  const old = forget(situation.scene, pods, planned.steps);
  // Else a lowering could take whoever is not chosen any more.
  if (old.length > 0 && planned.steps.some((step) => step.do === 'lower')) {
    return { steps: old, waitsFor: undefined };
  }
  const kept = keep(situation.scene, pods);
  return { steps: [...planned.steps, ...kept, ...old], waitsFor: planned.waitsFor };
}

function numberOf({ scene, wanted, atMs }: Situation, pods: readonly Pod[]): Plan {
  const chosen = pods.filter(isChosen);
  if (wanted > scene.replicas) {
    const back = undrain(scene, chosen, 'more workers are needed');
    return { steps: [{ do: 'raise', to: wanted }, ...back.steps], waitsFor: back.waitsFor };
  }
  const excess = scene.replicas - wanted;
  if (scene.rollout && (excess > 0 || chosen.length > 0)) {
    const back = undrain(scene, chosen, 'a rollout replaces the workers');
    return { steps: back.steps, waitsFor: 'the rollout has to end' };
  }
  const late = chosen.filter(({ worker }) => !worker.drained && worker.drainSecondsLeft <= 0);
  if (late.length > 0) return undrain(scene, late, 'it took too long to finish');
  if (chosen.length > excess) {
    // Who still works costs nothing to keep.
    const busiest = chosen.toSorted((a, b) => b.worker.busy - a.worker.busy);
    return undrain(scene, busiest.slice(0, chosen.length - excess), 'they are needed after all');
  }
  return excess > 0 ? fewer(scene, pods, { excess, atMs }) : nothing;
}

const nothing: Plan = { steps: [], waitsFor: undefined };
const wait = (waitsFor: string): Plan => ({ steps: [], waitsFor });

function fewer(
  scene: Scene,
  pods: readonly Pod[],
  { excess, atMs }: { excess: number; atMs: number },
): Plan {
  if (!scene.settled) return wait('the last change has to be done by Kubernetes');
  const { replicas } = scene;
  const homeless = pods.filter((pod) => !pod.hasNode).slice(0, excess);
  // Should one get a node before it is deleted, it has to go before others that start.
  const unpriced = homeless.filter((pod) => ourCost(pod) === undefined);
  if (unpriced.length > 0) return one({ do: 'price', pods: names(unpriced), cost: chosenCost });
  if (homeless.length > 0) {
    return one({
      do: 'lower',
      to: replicas - homeless.length,
      going: names(homeless),
      drained: [],
    });
  }
  const unsteady = pods.find((pod) => isUnsteady(pod, atMs));
  if (unsteady) {
    const is = unsteady.ready ? 'has just turned ready' : 'is not ready yet';
    return wait(`the pod ${unsteady.name} ${is}`);
  }
  const notReady = pods.filter((pod) => !pod.ready);
  const dead = notReady.filter(({ worker }) => !worker?.alive);
  const chosen = pods.filter((pod) => isChosen(pod) && !dead.includes(pod));
  const missing = excess - dead.length - chosen.length;
  const idlest = missing > 0 ? candidates(pods).slice(0, missing) : [];
  if (idlest.length > 0) return one({ do: 'choose', pods: names(idlest) });

  const working = chosen.filter((pod) => !pod.worker?.drained);
  const empty = notReady.filter((pod) => chosen.includes(pod));
  // The dead have no cost of ours, so they go only when no chosen one works.
  const going = [...empty, ...(working.length === 0 ? dead : [])].slice(0, excess);
  if (going.length === 0) {
    if (working.length > 0) return wait(`${names(working).join(', ')} finishes its work`);
    if (chosen.length > 0) return wait('the drained pods have to turn not ready');
    return wait('no worker can be drained');
  }
  if (scene.readyReplicas > replicas - notReady.length) {
    return wait('the ReplicaSet has to see which pods are not ready');
  }
  const spared = spare(working, going);
  if (!spared) return wait(`${names(working).join(', ')} finishes its work`);
  if (spared.pods.length > 0)
    return one({ do: 'price', pods: names(spared.pods), cost: spared.cost });
  const drained = names(going.filter((pod) => chosen.includes(pod)));
  return one({ do: 'lower', to: replicas - going.length, going: names(going), drained });
}

/** However long Kubernetes takes to do a lowering: whoever it may delete takes no work meanwhile. */
function keep(scene: Scene, pods: readonly Pod[]): Step[] {
  if (scene.noneTooMany) return [];
  const ending = pods
    .filter(isChosen)
    .filter(({ worker }) => worker.drained && worker.drainSecondsLeft < keepSeconds);
  return ending.length > 0 ? [{ do: 'keep', workers: names(ending) }] : [];
}

function one(step: Step): Plan {
  return { steps: [step], waitsFor: undefined };
}

function undrain(scene: Scene, pods: readonly Pod[], because: string): Plan {
  if (pods.length === 0) return nothing;
  // The ReplicaSet may be about to delete exactly these.
  if (!scene.noneTooMany)
    return wait('the last lowering has to be done before workers go back to work');
  return one({ do: 'undrain', workers: names(pods), because });
}

/** Costs of pods that are not chosen any more. */
function forget(scene: Scene, pods: readonly Pod[], steps: readonly Step[]): Step[] {
  const choosing = steps.flatMap((step) => (step.do === 'choose' ? step.pods : []));
  const old = pods.filter(
    (pod) =>
      ourCost(pod) !== undefined && pod.hasNode && !isChosen(pod) && !choosing.includes(pod.name),
  );
  return old.length > 0 && scene.noneTooMany ? [{ do: 'forget', pods: names(old) }] : [];
}

function isChosen(pod: Pod): pod is Pod & { readonly worker: WorkerFact } {
  return pod.worker?.drainedByUs === true;
}

/** It may hold something, now or soon, or its ReplicaSet may still see it as it was. */
function isUnsteady(pod: Pod, atMs: number): boolean {
  if (pod.ready) return !isChosen(pod) && atMs - pod.readySinceMs < freshMs;
  if (pod.worker?.alive) return !pod.worker.drained;
  return (pod.worker?.busy ?? 0) > 0 || atMs - pod.readySinceMs < youngMs;
}

/**
 * Those that may be chosen, the idlest first, of these the youngest. Last are those whose drain ended by
 * itself, which their cost still shows: they have just taken too long.
 */
function candidates(pods: readonly Pod[]): Pod[] {
  return pods
    .filter(({ ready, worker }) => ready && worker?.alive === true && worker.state === 'active')
    .toSorted(
      (a, b) =>
        Number(ourCost(a) !== undefined) - Number(ourCost(b) !== undefined) ||
        (a.worker?.busy ?? 0) - (b.worker?.busy ?? 0) ||
        (b.worker?.startedMs ?? 0) - (a.worker?.startedMs ?? 0),
    );
}

function names(pods: readonly { readonly name: string }[]): string[] {
  return pods.map((pod) => pod.name);
}
