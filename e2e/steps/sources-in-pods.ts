// The inner loop of skaffold and Tilt, without them: the -dev images, a changed source copied into a
// running pod, and Node that starts again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkerEntry } from '#core/operation-messages.ts';
import { eventually, getJson, send, until } from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';
import { patience } from '../kubectl.ts';
import { bound, reaches } from '../scaling/pool.ts';
import { gateways, imageOf, throughGateway, type World, workers } from '../world.ts';
import { build, deliver } from './images.ts';

const source = 'services/core/version.ts';
const version = 'from-the-desk';
const images = ['gateway-dev', 'worker-dev'];

export async function sourcesInPods(world: World): Promise<void> {
  const { kubectl } = world;
  await build(world, { of: images });
  await deliver(world, images);
  await kubectl('scale', gateways, '--replicas=1');
  await bound(world, 1, 1);
  await reaches(world, 1);
  await kubectl('set', 'image', gateways, `gateway=${imageOf(world, 'gateway-dev')}`);
  await kubectl('set', 'image', workers, `worker=${imageOf(world, 'worker-dev')}`);
  await kubectl.settled(gateways, workers);
  const before = await throughGateway(world, workersOf);
  const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-desk-'));
  try {
    const file = path.join(folder, 'version.ts');
    await writeFile(file, `export const version = '${version}';\n`);
    for (const component of ['gateway', 'worker']) {
      const [pod] = await only(() => kubectl.podsOf(component));
      await kubectl('cp', file, `${pod}:/tmp/app/${source}`);
    }
    await eventually(() => changed(world, before), patience);
  } finally {
    await rm(folder, { recursive: true });
  }
  await throughGateway(world, async (api) => {
    await until(api, await send(api, { bytes: fixture('word.jpg') }), 'parsed');
  });
}

/** Once the pods of before have gone. */
function only(look: () => Promise<string[]>): Promise<string[]> {
  return eventually(async () => {
    const pods = await look();
    return pods.length === 1 ? pods : undefined;
  }, patience);
}

async function workersOf(api: string): Promise<readonly WorkerEntry[]> {
  const { workers: all } = await getJson<{ workers: readonly WorkerEntry[] }>(`${api}/api/workers`);
  return all;
}

/** Another process in the pod that had one before; undefined while Node starts. */
async function changed(world: World, before: readonly WorkerEntry[]): Promise<true | undefined> {
  try {
    // Each time anew: a forwarded port ends with the first connection that nobody takes.
    const [health, now] = await throughGateway(world, (api) =>
      Promise.all([getJson<{ version: string }>(`${api}/api/health`), workersOf(api)]),
    );
    const pods = before.filter(({ state }) => state === 'active').map(({ name }) => name);
    const ids = before.map(({ worker_id: id }) => id);
    const fresh = now.some(
      (one) => one.state === 'active' && pods.includes(one.name) && !ids.includes(one.worker_id),
    );
    return (health.version === version && fresh) || undefined;
  } catch {
    return undefined;
  }
}
