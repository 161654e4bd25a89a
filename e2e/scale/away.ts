// What the controller stands on goes away for a minute: it holds, and goes on afterwards.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../services/testing/client.ts';
import { drained, noneDisturbed, now } from '../scaling/attempts.ts';
import { burst } from '../scaling/load.ts';
import { bound, condition, reaches, replicasOf } from '../scaling/pool.ts';
import { release, throughGateway, type World } from '../world.ts';
import { controllerPods } from './controllers.ts';

const awayMs = 60_000;
const broker = `statefulset/${release}-rabbitmq`;

export async function brokerAway(world: World): Promise<void> {
  const { kubectl } = world;
  await bound(world, 2, 4);
  await reaches(world, 2);
  await kubectl('scale', broker, '--replicas=0');
  await eventually(async () => (await condition(world, 'SignalLost')) === 'True' || undefined);
  await throughGateway(world, (api) => burst(api, 30));
  for (const end = performance.now() + awayMs; performance.now() < end; await sleep(5000)) {
    assert.equal(await replicasOf(world), 2, 'it scaled without knowing what waits');
  }
  await kubectl('scale', broker, '--replicas=1');
  await kubectl.settled(broker);
  await eventually(async () => (await condition(world, 'SignalLost')) === 'False' || undefined);
  await drained(world);
  await reaches(world, 2);
}

const table = 'cricksy_e2e';
const cut = `nft add table ip ${table}
  nft add chain ip ${table} input '{ type filter hook input priority -10; }'
  nft add rule ip ${table} input ip saddr "$1" tcp dport 6443 drop`;

/** Of the controller only: its pod's packets to the API server are dropped. Needs a node that can be reached. */
export async function apiServerAway(world: World): Promise<string> {
  const { onNode } = world.cluster;
  assert.ok(onNode, 'needs a node to reach: kind or CRICKSY_TEST_CLUSTER');
  await bound(world, 3, 3);
  await reaches(world, 3);
  const [controller] = await controllerPods(world);
  assert.ok(controller?.status.podIP, 'no controller runs');
  const since = await now(world);
  await onNode(cut, controller.status.podIP);
  try {
    await bound(world, 1, 1);
    await throughGateway(world, (api) => burst(api, 40));
    for (const end = performance.now() + awayMs; performance.now() < end; await sleep(5000)) {
      assert.equal(await replicasOf(world), 3, 'who cannot reach the API server cannot scale');
    }
  } finally {
    await onNode(`nft delete table ip ${table}`);
  }
  await reaches(world, 1);
  const again = await controllerPods(world);
  assert.equal(again[0]?.metadata.name, controller.metadata.name, 'it lives through it');
  await drained(world);
  return noneDisturbed(world, since);
}
