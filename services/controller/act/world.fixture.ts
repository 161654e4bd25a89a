// A small world to plan in: a Deployment, a ReplicaSet controller that sees everything late and chooses
// as Kubernetes does, pods whose probes lag behind, workers that take and finish work. Whatever happens,
// happens in an order that a seed decides.
import type { Deployment, Pod, ReplicaSet } from '../kubernetes/objects.ts';
import { annotations, type Scene, sceneOf } from '../observe/scene.ts';
import type { WorkerFact } from '../observe/workers.ts';
import { chosenCost } from './costs.ts';
import { plan, type Step } from './plan.ts';

interface Actor {
  readonly name: string;
  readonly createdMs: number;
  node: boolean;
  startsMs: number;
  ready: boolean;
  readySinceMs: number;
  cost: string | undefined;
  /** Undefined: not registered yet. */
  worker:
    | { state: 'active' | 'draining'; busy: number; drained: boolean; untilMs: number }
    | undefined;
}

interface Moment {
  readonly replicas: number;
  readonly generation: number;
  readonly pods: ReadonlyMap<string, Actor>;
}

export interface World {
  /** One thing happens. */
  step(): void;
  /** Workers that were deleted at work. */
  readonly killed: readonly string[];
  readonly lowerings: number;
  readonly history: readonly string[];
}

/** How late the ReplicaSet's controller may see something. */
const lagMs = 4_000;

export interface Pace {
  /** How long the ReplicaSet's controller may do nothing. */
  readonly idleMs: number;
  /** How often it acts before it has to. */
  readonly acts: number;
  /** From a node to work: longer than both, or a pod without a node could be at work when it is deleted. */
  readonly startMs: number;
  readonly drainMs: number;
}

export const usual: Pace = { idleMs: 4_000, acts: 0.25, startMs: 10_000, drainMs: 60_000 };

/** `random` in [0, 1). */
export function createWorld(
  random: () => number,
  { idleMs, acts, startMs, drainMs }: Pace = usual,
): World {
  let nowMs = 1_000_000_000;
  let replicas = 4;
  let generation = 1;
  let wanted = 4;
  let counter = 0;
  let lowerings = 0;
  const pods = new Map<string, Actor>();
  const killed: string[] = [];
  const history: string[] = [];
  /** What the ReplicaSet's controller has seen, and what it has written of that. */
  let cache: Moment = copy();
  let status = { generation: 1, replicas: 0, ready: 0, specReplicas: 4 };
  const past: { atMs: number; moment: Moment }[] = [];

  function copy(): Moment {
    const own = [...pods].map(([name, pod]): [string, Actor] => [
      name,
      { ...pod, worker: pod.worker && { ...pod.worker } },
    ]);
    return { replicas, generation, pods: new Map(own) };
  }
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const note = (what: string) => void history.push(`${nowMs % 1_000_000}: ${what}`);
  const setReady = (pod: Actor, ready: boolean) => {
    if (pod.ready === ready) return;
    pod.ready = ready;
    pod.readySinceMs = nowMs;
    note(`${pod.name} ${ready ? 'ready' : 'not ready'}`);
  };

  /** The newest view that is at least as old as the lag is now; never older than the last one. */
  const catchUp = () => {
    const seenMs = nowMs - random() * lagMs;
    while (past[0] && past[0].atMs <= seenMs) cache = past.shift()?.moment ?? cache;
  };

  let actedMs = nowMs;
  const replicaSetActs = () => {
    actedMs = nowMs;
    catchUp();
    // It expects its own deletions and creations: those it never sees late.
    const seen = [...cache.pods.values()].filter((pod) => pods.has(pod.name));
    const missing = [...pods.keys()].filter((name) => !cache.pods.has(name)).length;
    const known = seen.length + missing;
    const ready = seen.filter((pod) => pod.ready).length;
    status = { generation: cache.generation, replicas: known, ready, specReplicas: cache.replicas };
    for (let more = known; more < cache.replicas; more++) {
      const name = `p${counter++}`;
      pods.set(name, {
        name,
        createdMs: nowMs,
        node: false,
        startsMs: 0,
        ready: false,
        readySinceMs: nowMs,
        cost: undefined,
        worker: undefined,
      });
    }
    const order = seen.toSorted(beforeInDeletion);
    for (const victim of order.slice(0, Math.max(0, known - cache.replicas))) {
      const worker = pods.get(victim.name)?.worker;
      note(`deleted ${victim.name} with ${worker?.busy ?? 'no worker'}`);
      if (worker && worker.busy > 0) killed.push(victim.name);
      pods.delete(victim.name);
    }
  };

  const scene = (): Scene => {
    const read = { uid: 'd', resourceVersion: '1', creationTimestamp: time(0) };
    const deployment: Deployment = {
      metadata: { ...read, name: 'workers', generation, annotations: { [annotations.epoch]: '1' } },
      spec: { replicas, selector: {} },
      status: {
        observedGeneration: status.generation,
        replicas: status.replicas,
        updatedReplicas: status.replicas,
      },
    };
    const set: ReplicaSet = {
      metadata: {
        ...read,
        name: 'set',
        uid: 's',
        generation: status.generation,
        ownerReferences: [{ uid: 'd', controller: true }],
      },
      spec: { replicas: status.specReplicas },
      status: {
        observedGeneration: status.generation,
        replicas: status.replicas,
        readyReplicas: status.ready,
      },
    };
    if (random() < 0.5) happen();
    return sceneOf({ deployment, replicaSets: [set], pods: [...pods.values()].map(podOf) });
  };

  const controllerActs = () => {
    const seen = scene();
    const { steps } = plan({ scene: seen, workers: facts(), wanted, atMs: nowMs });
    for (const step of steps) {
      if (random() < 0.3) happen();
      if (!perform(step, seen)) return;
    }
  };

  const perform = (step: Step, seen: Scene): boolean => {
    note(JSON.stringify(step));
    const named = (names: readonly string[]) => names.flatMap((name) => pods.get(name) ?? []);
    switch (step.do) {
      case 'choose':
        for (const pod of named(step.pods)) pod.cost = String(chosenCost);
        if (random() < 0.3) happen();
        for (const { worker } of named(step.pods)) {
          if (worker?.state === 'active') {
            Object.assign(worker, { state: 'draining', drained: false, untilMs: nowMs + drainMs });
          }
        }
        return true;
      case 'undrain':
        for (const { worker } of named(step.workers)) {
          if (worker) Object.assign(worker, { state: 'active', drained: false });
        }
        return true;
      case 'keep':
        for (const { worker } of named(step.workers)) {
          if (worker?.state === 'draining') worker.untilMs = nowMs + drainMs;
        }
        return true;
      case 'price':
        for (const pod of named(step.pods)) pod.cost = String(step.cost);
        return true;
      case 'forget':
        for (const pod of named(step.pods)) pod.cost = undefined;
        return true;
      case 'lower': {
        const still = named(step.drained).filter(({ worker }) => worker?.state === 'draining');
        for (const { worker } of still) if (worker) worker.untilMs = nowMs + drainMs;
        if (still.length < step.drained.length) return false;
        if (random() < 0.3) happen();
        if (replicas === seen.replicas) lowerings++;
        return write(step.to, seen);
      }
      case 'raise':
        return write(step.to, seen);
    }
  };
  const write = (to: number, seen: Scene): boolean => {
    if (replicas !== seen.replicas) return false;
    replicas = to;
    generation++;
    return true;
  };

  const facts = (): WorkerFact[] =>
    [...pods.values()].flatMap(({ name, worker, createdMs }) =>
      worker
        ? [
            {
              name,
              busy: worker.busy,
              state: worker.state,
              drainedByUs: worker.state === 'draining',
              drained: worker.drained,
              drainSecondsLeft: (worker.untilMs - nowMs) / 1000,
              alive: true,
              startedMs: createdMs,
            },
          ]
        : [],
    );

  /** Something that nobody here controls. */
  const happen = () => {
    nowMs += random() * 500;
    if (nowMs - actedMs > idleMs) replicaSetActs();
    const pod = pick([...pods.values()]);
    const worker = pod?.worker;
    const what = random();
    if (pod && worker === undefined) {
      if (!pod.node) {
        pod.node = true;
        pod.startsMs = nowMs + startMs;
      } else if (nowMs >= pod.startsMs) {
        pod.worker = { state: 'active', busy: 0, drained: false, untilMs: 0 };
        setReady(pod, true);
      }
    } else if (pod && worker) {
      if (worker.state === 'draining' && nowMs > worker.untilMs) {
        Object.assign(worker, { state: 'active', drained: false });
      }
      if (what < 0.3 && worker.state === 'active') worker.busy = Math.min(2, worker.busy + 1);
      else if (what < 0.5) worker.busy = Math.max(0, worker.busy - 1);
      else if (what < 0.53) setReady(pod, false);
      else if (what < 0.9) {
        worker.drained = worker.state === 'draining' && worker.busy === 0;
        const right = !worker.drained;
        if (pod.ready !== right && random() < 0.5) setReady(pod, right);
      }
    }
    past.push({ atMs: nowMs, moment: copy() });
  };

  return {
    killed,
    history,
    get lowerings() {
      return lowerings;
    },
    step() {
      const what = random();
      if (what < 0.05) wanted = Math.floor(random() * 9);
      else if (what < 0.2) controllerActs();
      else if (what < 0.2 + acts) replicaSetActs();
      else happen();
      nowMs += random() * 500;
    },
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function podOf({ name, createdMs, node, ready, readySinceMs, cost }: Actor): Pod {
  return {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: time(createdMs),
      annotations: cost === undefined ? {} : { [annotations.cost]: cost },
      ownerReferences: [{ uid: 's', controller: true }],
    },
    spec: node ? { nodeName: 'node' } : {},
    status: {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time(readySinceMs) },
      ],
    },
  };
}

/** The ranking of Kubernetes' ReplicaSet controller. */
function beforeInDeletion(a: Actor, b: Actor): number {
  return (
    Number(a.node) - Number(b.node) ||
    Number(a.worker !== undefined) - Number(b.worker !== undefined) ||
    Number(a.ready) - Number(b.ready) ||
    Number(a.cost ?? 0) - Number(b.cost ?? 0) ||
    b.readySinceMs - a.readySinceMs ||
    b.createdMs - a.createdMs
  );
}
