// The controller is killed in each step of a scale-down; whoever starts after it goes on from what is.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { getJson } from '../../services/testing/client.ts';
import { scaleDowns } from '../scaling/scale-downs.ts';
import { type World, workers } from '../world.ts';
import { controllerPods, killController } from './controllers.ts';

interface Pod {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status: { readonly conditions?: readonly { type: string; status: string }[] };
}
interface Seen {
  readonly pods: readonly Pod[];
  readonly replicas: number;
}

const isReady = ({ status }: Pod) =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
const costs = ({ metadata }: Pod) =>
  metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] !== undefined;

/** What is seen from outside when a step was done; `from` workers were there before. */
const steps: Readonly<Record<string, (seen: Seen, from: number) => boolean>> = {
  'a pod was given its cost': ({ pods }) => pods.some(costs),
  'a drained pod is not ready': ({ pods }) => pods.some((pod) => costs(pod) && !isReady(pod)),
  'the replicas were lowered': ({ replicas }, from) => replicas < from,
  'a pod is on its way out': ({ pods }) => pods.some(({ metadata }) => metadata.deletionTimestamp),
};

export async function killedController(world: World): Promise<string> {
  const proxy = await world.kubectl.proxy();
  const api = `${proxy.url}/apis/apps/v1/namespaces/${world.namespace}/deployments/${workers.split('/')[1]}`;
  const pods = `${proxy.url}/api/v1/namespaces/${world.namespace}/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Dworker`;
  const killed: string[] = [];
  const kill = async (step: string, from: number) => {
    for (const end = performance.now() + 300_000; performance.now() < end; await sleep(20)) {
      const [{ spec }, { items }] = await Promise.all([
        getJson<{ spec: { replicas: number } }>(api),
        getJson<{ items: Pod[] }>(pods),
      ]);
      if (!steps[step]?.({ pods: items, replicas: spec.replicas }, from)) continue;
      const [controller] = await controllerPods(world);
      assert.ok(controller, 'no controller runs');
      await killController(world, controller.metadata.name);
      killed.push(step);
      return;
    }
    assert.fail(`it was never seen that ${step}`);
  };
  try {
    const names = Object.keys(steps);
    const said = await scaleDowns(world, names.length, {
      during: (number, from) => kill(names[number] ?? '', from),
    });
    return `${said}; killed when ${killed.join('; ')}`;
  } finally {
    proxy.stop();
  }
}
