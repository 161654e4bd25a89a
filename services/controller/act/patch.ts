// The only writes to Deployments and pods. Replicas change by one patch that tests what the plan was
// made from: the replicas, and the epoch. Who was overtaken, in either, changes nothing.
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { isOvertaken, statusOf } from '../kubernetes/kubernetes.ts';
import type { Deployment } from '../kubernetes/objects.ts';
import type { Paths } from '../kubernetes/paths.ts';
import { annotations } from '../observe/scene.ts';

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

/** `cost` undefined: none. False: the pod is gone. */
export async function writeCost(
  { kubernetes, paths }: Target,
  pod: string,
  cost: number | undefined,
): Promise<boolean> {
  try {
    await kubernetes.request('PATCH', `${paths.pods}/${pod}`, {
      query,
      type: 'application/merge-patch+json',
      body: {
        metadata: { annotations: { [annotations.cost]: cost === undefined ? null : String(cost) } },
      },
    });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
