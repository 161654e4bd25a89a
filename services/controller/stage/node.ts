// A node without a kubelet: the scheduler puts pods there, ReplicaSets make and delete them as
// anywhere, and the test says when they start, whether they are ready, and when they have ended.

import { silentLog } from '../../testing/log.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { statusOf } from '../kubernetes/kubernetes.ts';
import { startMirror } from '../kubernetes/mirror.ts';
import type { Pod } from '../kubernetes/objects.ts';

export interface Stagehand {
  /** The pod has a node; it is Running and ready when this resolves. */
  start(pod: string): Promise<void>;
  /** The pod is on its way out; it is gone when this resolves. */
  stop(pod: string): Promise<void>;
}

export interface StageNode {
  readonly name: string;
  setReady(pod: string, ready: boolean): Promise<void>;
  remove(): Promise<void>;
}

export async function createStageNode(
  kubernetes: Kubernetes,
  namespace: string,
  hand: Stagehand,
): Promise<StageNode> {
  const name = namespace;
  await kubernetes.request('POST', '/api/v1/nodes', {
    body: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { stage: name } },
      spec: { taints: [{ key: 'stage', value: name, effect: 'NoSchedule' }] },
    },
  });
  const beat = () => kubernetes.request('PATCH', `/api/v1/nodes/${name}/status`, nodeIsReady());
  await beat();
  const beating = setInterval(() => void beat().catch(() => undefined), 10_000);

  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const started = new Set<string>();
  const stopping = new Set<string>();
  const setReady = async (pod: string, ready: boolean): Promise<void> => {
    const time = new Date().toISOString().replace(/\.\d+/, '');
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time };
    await ifThere(() =>
      kubernetes.request('PATCH', `${pods}/${pod}/status`, {
        type: 'application/strategic-merge-patch+json',
        body: { status: { phase: 'Running', conditions: [condition] } },
      }),
    );
  };
  const start = async (pod: string) => {
    await hand.start(pod);
    if (!stopping.has(pod)) await setReady(pod, true);
  };
  const stop = async (pod: string) => {
    await hand.stop(pod);
    await ifThere(() =>
      kubernetes.request('DELETE', `${pods}/${pod}`, { query: { gracePeriodSeconds: '0' } }),
    );
  };

  const mirror = startMirror<Pod>({
    kubernetes,
    path: pods,
    keep: (pod) => pod,
    onChange() {
      for (const { metadata, spec } of mirror.all() ?? []) {
        if (spec.nodeName !== name) continue;
        if (metadata.deletionTimestamp !== undefined) {
          if (!stopping.has(metadata.name)) void stop(metadata.name);
          stopping.add(metadata.name);
        } else if (!started.has(metadata.name)) {
          started.add(metadata.name);
          void start(metadata.name);
        }
      }
    },
    now: () => performance.now(),
    log: silentLog,
  });

  return {
    name,
    setReady,
    async remove() {
      clearInterval(beating);
      await mirror.stop();
      await kubernetes.request('DELETE', `/api/v1/nodes/${name}`);
    },
  };
}

function nodeIsReady() {
  const time = new Date().toISOString().replace(/\.\d+/, '');
  const room = { cpu: '1000', memory: '1000Gi', pods: '1000' };
  return {
    type: 'application/strategic-merge-patch+json',
    body: {
      status: {
        capacity: room,
        allocatable: room,
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'Staged',
            lastHeartbeatTime: time,
          },
        ],
      },
    },
  };
}

async function ifThere(request: () => Promise<unknown>): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}
