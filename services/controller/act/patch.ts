// The only writes to Deployments and pods, each of which tests what the plan was made from. Replicas
// change by a patch that tests the replicas and the epoch; costs by one that tests the pod's version,
// which every new leader changes. Who was overtaken changes nothing.
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { isOvertaken, statusOf } from '../kubernetes/kubernetes.ts';
import type { Deployment } from '../kubernetes/objects.ts';
import type { Paths } from '../kubernetes/paths.ts';
import { annotations, type ScenePod } from '../observe/scene.ts';

export interface Target {
  readonly kubernetes: Pick<Kubernetes, 'request'>;
  readonly paths: Paths;
}

/** In a JSON pointer. */
const pointer = (annotation: string) => `/metadata/annotations/${annotation.replaceAll('/', '~1')}`;
const query = { fieldManager: 'cricksy-ocr-controller' };

/** From now on only leaders of this epoch, or a later one, can change the replicas. Returns the epoch that stands there then. */
export async function raiseEpoch(
  { kubernetes, paths }: Target,
  { name, epoch }: { readonly name: string; readonly epoch: number },
): Promise<number> {
  const address = `${paths.deployments}/${name}`;
  const { metadata } = await kubernetes.request<Deployment>('GET', address);
  const found = Number(metadata.annotations?.[annotations.epoch] ?? 0);
  if (found >= epoch) return found;
  const none = metadata.annotations === undefined;
  await kubernetes.request('PATCH', address, {
    query,
    body: [
      { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
      ...(none ? [{ op: 'add', path: '/metadata/annotations', value: {} }] : []),
      { op: 'add', path: pointer(annotations.epoch), value: String(epoch) },
    ],
  });
  return epoch;
}

/** False: somebody was quicker, and nothing has changed. */
export async function writeReplicas(
  { kubernetes, paths }: Target,
  change: {
    readonly name: string;
    readonly epoch: number;
    readonly from: number;
    readonly to: number;
  },
): Promise<boolean> {
  const { name, epoch, from, to } = change;
  try {
    await kubernetes.request('PATCH', `${paths.deployments}/${name}`, {
      query,
      body: [
        { op: 'test', path: '/spec/replicas', value: from },
        { op: 'test', path: pointer(annotations.epoch), value: String(epoch) },
        { op: 'replace', path: '/spec/replicas', value: to },
        { op: 'add', path: pointer(annotations.replicas), value: String(to) },
      ],
    });
    return true;
  } catch (error) {
    if (isOvertaken(error)) return false;
    throw error;
  }
}

/** Of the leader that may change the Deployment; 0: none was written yet. */
export async function readEpoch({ kubernetes, paths }: Target, name: string): Promise<number> {
  const { metadata } = await kubernetes.request<Deployment>('GET', `${paths.deployments}/${name}`);
  return Number(metadata.annotations?.[annotations.epoch] ?? 0);
}

/** Gives it another version, so that costs of whoever has read it before are refused. */
export async function touchPod(target: Target, name: string, epoch: number): Promise<void> {
  await annotate(target, { name }, { [annotations.epoch]: String(epoch) });
}

/** `cost` undefined: none. False: the pod is gone or another one by now, and nothing has changed. */
export function writeCost(
  target: Target,
  pod: Pick<ScenePod, 'name' | 'version'>,
  cost: number | undefined,
): Promise<boolean> {
  return annotate(target, pod, { [annotations.cost]: cost === undefined ? null : String(cost) });
}

async function annotate(
  { kubernetes, paths }: Target,
  { name, version }: Pick<ScenePod, 'name'> & Partial<Pick<ScenePod, 'version'>>,
  values: Readonly<Record<string, string | null>>,
): Promise<boolean> {
  const tested = version === undefined ? {} : { resourceVersion: version };
  try {
    await kubernetes.request('PATCH', `${paths.pods}/${name}`, {
      query,
      type: 'application/merge-patch+json',
      body: { metadata: { ...tested, annotations: values } },
    });
    return true;
  } catch (error) {
    if ([404, 409].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}
