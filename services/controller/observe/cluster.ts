// What Kubernetes has: mirrors to decide with, fresh reads to act on.
import type { Log } from '#core/log.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { type Mirror, startMirror } from '../kubernetes/mirror.ts';
import type {
  Deployment,
  HorizontalPodAutoscaler,
  KubernetesObject,
  Metadata,
  Pod,
  ReplicaSet,
} from '../kubernetes/objects.ts';
import type { Paths } from '../kubernetes/paths.ts';
import type { Reading } from '../policy/types.ts';
import type { OcrWorkerPool } from './pool.ts';
import { annotations, isAlive, type Scene, sceneOf } from './scene.ts';

export interface Cluster {
  /** Undefined: not known. */
  pools(): readonly OcrWorkerPool[] | undefined;
  scene(deployment: string): Reading<Scene>;
  /** What else scales the Deployment, by name; nothing: nobody. */
  rivals(deployment: string): Reading<readonly string[]>;
  /** Names of pods that are on their way out, of any Deployment. */
  ending(): readonly string[];
  freshScene(deployment: string): Promise<Scene>;
  stop(): Promise<void>;
}

export function openCluster(deps: {
  readonly kubernetes: Kubernetes;
  readonly paths: Paths;
  readonly onChange: () => void;
  readonly now: () => number;
  readonly log: Log;
}): Cluster {
  const { paths } = deps;
  const mirror = <T extends KubernetesObject>(path: string, keep: (object: T) => T) =>
    startMirror<T>({ ...deps, path, keep });

  const pools = mirror<OcrWorkerPool>(paths.pools, (pool) => pool);
  const deployments = mirror<Deployment>(paths.deployments, keepDeployment);
  const replicaSets = mirror<ReplicaSet>(paths.replicaSets, keepReplicaSet);
  const pods = mirror<Pod>(paths.pods, keepPod);
  const autoscalers = mirror<HorizontalPodAutoscaler>(paths.autoscalers, keepAutoscaler);
  const all: readonly Mirror<unknown>[] = [pools, deployments, replicaSets, pods, autoscalers];

  return {
    pools: () => pools.all(),
    scene(name) {
      const known = deployments.all();
      const [sets, theirPods] = [replicaSets.all(), pods.all()];
      if (!known || !sets || !theirPods) return { missing: 'the Kubernetes API is not read' };
      const deployment = known.find(({ metadata }) => metadata.name === name);
      if (!deployment) return { missing: `there is no Deployment ${name}` };
      return { value: sceneOf({ deployment, replicaSets: sets, pods: theirPods }) };
    },
    rivals(name) {
      const known = autoscalers.all();
      if (!known) return { missing: 'other scalers are not seen' };
      const theirs = known.filter(
        ({ spec }) =>
          spec.scaleTargetRef.kind === 'Deployment' && spec.scaleTargetRef.name === name,
      );
      return { value: theirs.map(rivalName) };
    },
    ending: () => (pods.all() ?? []).filter((pod) => !isAlive(pod)).map((pod) => pod.metadata.name),
    freshScene: (name) => readScene(deps, name),
    stop: async () => void (await Promise.all(all.map((one) => one.stop()))),
  };
}

/** In this order: what is read later is never older than what it follows from. */
export async function readScene(
  {
    kubernetes,
    paths,
  }: { readonly kubernetes: Pick<Kubernetes, 'request'>; readonly paths: Paths },
  name: string,
): Promise<Scene> {
  const deployment = await kubernetes.request<Deployment>('GET', `${paths.deployments}/${name}`);
  const query = { labelSelector: selectorOf(deployment) };
  const sets = await kubernetes.request<{ items: ReplicaSet[] }>('GET', paths.replicaSets, {
    query,
  });
  const theirs = await kubernetes.request<{ items: Pod[] }>('GET', paths.pods, { query });
  return sceneOf({ deployment, replicaSets: sets.items, pods: theirs.items });
}

function selectorOf({ spec }: Deployment): string {
  const labels = Object.entries(spec.selector.matchLabels ?? {});
  return labels.map(([name, value]) => `${name}=${value}`).join(',');
}

/** KEDA scales by an HPA that it makes. */
function rivalName({ metadata }: HorizontalPodAutoscaler): string {
  const scaledObject = metadata.labels?.['scaledobject.keda.sh/name'];
  return scaledObject ? `ScaledObject ${scaledObject}` : `HorizontalPodAutoscaler ${metadata.name}`;
}

/** A pod's JSON is some ten kilobytes; of it a few hundred bytes are looked at. */
function keepPod({ metadata, spec, status }: Pod): Pod {
  const { nodeName } = spec;
  const ready = status?.conditions?.filter(({ type }) => type === 'Ready') ?? [];
  return {
    metadata: keepMetadata(metadata, [annotations.cost]),
    spec: nodeName === undefined ? {} : { nodeName },
    status: { ...(status?.phase ? { phase: status.phase } : {}), conditions: ready },
  };
}

function keepReplicaSet({ metadata, spec, status = {} }: ReplicaSet): ReplicaSet {
  return { metadata: keepMetadata(metadata, []), spec: counts(spec, ['replicas']), status };
}

function keepDeployment({ metadata, spec, status = {} }: Deployment): Deployment {
  const { selector } = spec;
  const kept = keepMetadata(metadata, [annotations.epoch, annotations.replicas]);
  return { metadata: kept, spec: { ...counts(spec, ['replicas']), selector }, status };
}

function keepAutoscaler({ metadata, spec }: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const { labels = {} } = metadata;
  const kept = keepMetadata(metadata, []);
  return { metadata: { ...kept, labels }, spec: { scaleTargetRef: spec.scaleTargetRef } };
}

function counts<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  ) as Pick<T, K>;
}

function keepMetadata(metadata: Metadata, kept: readonly string[]): Metadata {
  const { name, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata;
  const { ownerReferences = [] } = metadata;
  return {
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    annotations: counts(metadata.annotations ?? {}, [...kept]),
    ownerReferences: ownerReferences.map(({ uid: owner, controller = false }) => ({
      uid: owner,
      controller,
    })),
  };
}
