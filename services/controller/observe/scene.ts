// What Kubernetes says of one Deployment, as plain values to plan with.
import type { Deployment, KubernetesObject, Pod, ReplicaSet } from '../kubernetes/objects.ts';

export const annotations = {
  /** Of a Deployment: the epoch of the leader that may change it. Of a pod: of the last leader that found it. */
  epoch: 'ocr.cricksy.dev/epoch',
  /** Of a Deployment: the replicas that a leader wrote last; other replicas are somebody else's. */
  replicas: 'ocr.cricksy.dev/replicas',
  /** Of a pod, read by its ReplicaSet: the lowest goes first. */
  cost: 'controller.kubernetes.io/pod-deletion-cost',
} as const;

export interface ScenePod {
  readonly name: string;
  /** Its `resourceVersion`. */
  readonly version: string;
  readonly hasNode: boolean;
  readonly ready: boolean;
  /** When that changed last; creation, if it never did. By clocks of the cluster. */
  readonly readySinceMs: number;
  readonly createdMs: number;
  readonly cost: string | undefined;
}

export interface Scene {
  readonly deployment: string;
  /** As written in the Deployment. */
  readonly replicas: number;
  /** 0: none was written yet. */
  readonly epoch: number;
  /** What a leader wrote last. */
  readonly written: number | undefined;
  readonly rollout: boolean;
  /** Both controllers have seen the last change, and every number is the one that is wanted. */
  readonly settled: boolean;
  /** No ReplicaSet has anything left to delete. */
  readonly noneTooMany: boolean;
  /** As the ReplicaSet's controller counts them: what it will choose from. */
  readonly readyReplicas: number;
  /** Those that are not on their way out. */
  readonly pods: readonly ScenePod[];
}

export interface Seen {
  readonly deployment: Deployment;
  readonly replicaSets: readonly ReplicaSet[];
  readonly pods: readonly Pod[];
}

export function sceneOf({ deployment, ...seen }: Seen): Scene {
  const sets = seen.replicaSets.filter((set) => isOwnedBy(set, deployment));
  const alive = seen.pods.filter((pod) => isAlive(pod));
  const podsOf = (set: ReplicaSet) => alive.filter((pod) => isOwnedBy(pod, set));
  const pods = sets.flatMap(podsOf);
  const replicas = deployment.spec.replicas ?? 1;
  const [only, ...others] = sets.filter(
    (set) => (set.spec.replicas ?? 0) > 0 || (set.status?.replicas ?? 0) > 0,
  );
  const { status } = deployment;
  const rollout = others.length > 0 || (status?.updatedReplicas ?? 0) < (status?.replicas ?? 0);
  const isObserved = [deployment, ...sets].every(
    ({ metadata, status: seenBy }) =>
      (seenBy?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
  );
  const wanted = sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
  const counts = [wanted, status?.replicas ?? 0, only?.status?.replicas ?? 0, pods.length];
  return {
    deployment: deployment.metadata.name,
    replicas,
    epoch: Number(deployment.metadata.annotations?.[annotations.epoch] ?? 0),
    written: numberIn(deployment.metadata.annotations?.[annotations.replicas]),
    rollout,
    settled: !rollout && isObserved && counts.every((count) => count === replicas),
    noneTooMany:
      isObserved &&
      (rollout || wanted === replicas) &&
      sets.every((set) => podsOf(set).length <= (set.spec.replicas ?? 0)),
    readyReplicas: only?.status?.readyReplicas ?? 0,
    pods: pods.map(podIn),
  };
}

function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  const { ownerReferences = [] } = object.metadata;
  return ownerReferences.some((one) => one.controller === true && one.uid === owner.metadata.uid);
}

/** It is there and stays. */
export function isAlive({ metadata, status }: Pod): boolean {
  const isOver = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  return metadata.deletionTimestamp === undefined && !isOver;
}

function podIn({ metadata, spec, status }: Pod): ScenePod {
  const ready = status?.conditions?.find((one) => one.type === 'Ready');
  const createdMs = Date.parse(metadata.creationTimestamp);
  return {
    name: metadata.name,
    version: metadata.resourceVersion,
    hasNode: spec.nodeName !== undefined,
    ready: ready?.status === 'True',
    readySinceMs: ready?.lastTransitionTime ? Date.parse(ready.lastTransitionTime) : createdMs,
    createdMs,
    cost: metadata.annotations?.[annotations.cost],
  };
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
