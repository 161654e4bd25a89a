import assert from 'node:assert/strict';
import { eventually } from '../../services/testing/client.ts';
import { deployController } from '../scaling/pool.ts';
import { scaleDowns } from '../scaling/scale-downs.ts';
import type { World } from '../world.ts';
import { controllerPods, killController, leader, scrape } from './controllers.ts';

/** Two controllers; the one that leads is killed in each scale-down, the other goes on. */
export async function twoControllers(world: World): Promise<string> {
  await deployController(world, 'controller.replicas=2');
  assert.equal((await controllerPods(world)).length, 2);
  await oneLeads(world);
  const leaders = new Set<string>();
  const said = await scaleDowns(world, 4, {
    during: async () => {
      const name = await eventually(() => leader(world));
      leaders.add(name);
      await killController(world, name);
    },
  });
  assert.equal(leaders.size, 2);
  await oneLeads(world);
  return said;
}

async function oneLeads(world: World): Promise<void> {
  const proxy = await world.kubectl.proxy();
  try {
    await eventually(async () => {
      let sum = 0;
      for (const { metadata } of await controllerPods(world)) {
        const metrics = await scrape(proxy.url, world, metadata.name);
        sum += metrics.get('cricksy_ocr_autoscaler_leader') ?? 0;
      }
      assert.ok(sum < 2, 'two lead at once');
      return sum === 1 || undefined;
    });
  } finally {
    proxy.stop();
  }
}
