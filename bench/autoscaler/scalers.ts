// Who scales the pool: our policy, with workers drained before they are ended, or KEDA and its HPA.
import { decide, noMemory } from '../../services/controller/policy/decide.ts';
import { kedaDefaults, type ShadowMemory, shadow } from '../../services/controller/policy/keda.ts';
import type { Observation, PoolSpec } from '../../services/controller/policy/types.ts';
import type { Agenda } from './agenda.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';

export interface Scene {
  readonly agenda: Agenda;
  readonly cluster: Cluster;
  readonly random: Random;
  readonly spec: PoolSpec;
  observe(learnedUntilMs: number): Observation;
}

export interface Scaler {
  readonly name: string;
  start(scene: Scene): void;
}

/** Without the wake-ups that the controller has besides. */
const tickSeconds = 5;
/** From a worker's being drained until its ReplicaSet knows that it is not ready: the period of the probe and some. */
const notReadySeconds = 5;

export const ours: Scaler = {
  name: 'ours',
  start({ agenda, cluster, random, spec, observe }) {
    let memory = noMemory;
    const tick = () => {
      agenda.in(tickSeconds, tick);
      const decided = decide(spec, observe(memory.cost.untilMs), memory);
      memory = decided.memory;
      act(agenda, cluster, decided.decision.wanted);
    };
    agenda.in(random.between(0, tickSeconds), tick);
  },
};

function act(agenda: Agenda, cluster: Cluster, wanted: number): void {
  const alive = cluster.alive();
  const draining = alive.filter((pod) => pod.isDraining);
  const active = alive.length - draining.length;
  for (const pod of draining.slice(0, Math.max(0, wanted - active))) cluster.undrain(pod);
  if (wanted > alive.length) cluster.scaleTo(wanted);
  // A young pod would be ended instead of the one that was drained.
  if (alive.some((pod) => pod.state === 'starting')) return;
  const idlest = alive
    .filter((pod) => !pod.isDraining)
    .toSorted((a, b) => a.running.size - b.running.size);
  for (const pod of idlest.slice(0, Math.max(0, active - wanted))) cluster.drain(pod);
  const gone = alive.filter(
    ({ drainedAt }) => drainedAt !== undefined && agenda.now() - drainedAt >= notReadySeconds,
  );
  if (gone.length > 0) cluster.scaleTo(alive.length - gone.length);
}

/** `value`: messages for each replica. */
export function keda(value: number): Scaler {
  return {
    name: `KEDA, ${value} a replica`,
    start({ agenda, cluster, random, spec, observe }) {
      const polls = kedaDefaults.pollingSeconds * 1000;
      const syncs = kedaDefaults.syncSeconds * 1000;
      let memory: ShadowMemory = {
        workers: spec.bounds.min,
        nextPollMs: random.between(0, polls),
        nextSyncMs: random.between(0, syncs),
        activeMs: 0,
        recommendations: [],
      };
      const policy = { name: 'queue-depth', depthPerWorker: value } as const;
      const look = () => {
        const { memory: after } = shadow({ ...spec, policy }, observe(Infinity), memory);
        if (after) memory = after;
        cluster.scaleTo(memory.workers);
        wait();
      };
      const wait = () => {
        const nextMs = Math.min(memory.nextPollMs, memory.nextSyncMs);
        agenda.in(nextMs / 1000 - agenda.now() + 0.001, look);
      };
      wait();
    },
  };
}
