// The OcrWorkerPool of the workers, and how the number of workers follows from it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, release, type World, workers } from '../world.ts';

export const poolResource = `ocrworkerpool/${release}-worker-default`;

export interface Pool {
  readonly spec: { readonly minReplicas: number; readonly maxReplicas: number };
  readonly status?: {
    readonly wanted?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly { type: string; status: string; message: string }[];
  };
}

/** Installs the controller; it waits for nothing before it scales down, so that tests are quick. */
export function deployController(world: World, ...settings: readonly string[]): Promise<void> {
  return deploy(
    world,
    'autoscaling.mode=builtin',
    'autoscaling.builtin.stabilisation.downSeconds=5',
    'worker.defaults.minReplicas=1',
    'worker.defaults.maxReplicas=4',
    ...settings,
  );
}

export async function readPool({ kubectl }: World): Promise<Pool> {
  return JSON.parse(await kubectl('get', poolResource, '-o', 'json')) as Pool;
}

/** As somebody does it who changes the bounds of a running pool. */
export async function bound({ kubectl }: World, min: number, max: number): Promise<void> {
  const patch = JSON.stringify({ spec: { minReplicas: min, maxReplicas: max } });
  await kubectl('patch', poolResource, '--type=merge', '-p', patch);
}

export async function replicasOf({ kubectl }: World): Promise<number> {
  return Number(await kubectl('get', workers, '-o', 'jsonpath={.spec.replicas}'));
}

/** Until there are exactly as many workers, ready, and none on its way out. */
export async function reaches(world: World, count: number, seconds = 600): Promise<void> {
  let seen = '';
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(500)) {
    const columns = 'jsonpath={.spec.replicas} {.status.replicas} {.status.readyReplicas}';
    seen = (await world.kubectl('get', workers, '-o', columns)).trim();
    const is = count === 0 ? '0' : `${count} ${count} ${count}`;
    if (seen === is && (await world.kubectl.podsOf('worker')).length === count) return;
  }
  const why = await world.kubectl('get', 'ocrworkerpools,hpa', '-o', 'wide');
  assert.fail(`not ${count} workers but ${seen}\n${why}`);
}

export async function condition(world: World, type: string): Promise<string | undefined> {
  const { status } = await readPool(world);
  return status?.conditions?.find((one) => one.type === type)?.status;
}
