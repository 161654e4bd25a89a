import { noneDisturbed, now } from '../scaling/attempts.ts';
import { deployController, reaches } from '../scaling/pool.ts';
import { describeTimeline, timeBurst } from '../scaling/timeline.ts';
import { changeModes } from '../steps/modes.ts';
import type { World } from '../world.ts';
import { installKeda } from './keda.ts';

/** With the stabilisation that the resource has by itself. */
export async function builtinBurst(world: World): Promise<string> {
  await deployController(
    world,
    'autoscaling.builtin.stabilisation.downSeconds=60',
    'worker.defaults.minReplicas=0',
    'worker.defaults.maxReplicas=6',
  );
  await reaches(world, 0);
  const since = await now(world);
  const seen = await timeBurst(world, { uploads: 200, min: 0, limitSeconds: 1500 });
  const attempts = await noneDisturbed(world, since);
  return `${describeTimeline(seen)}; ${attempts}`;
}

export async function allModes(world: World): Promise<void> {
  await installKeda(world);
  await changeModes(world, ['keda', 'builtin', 'keda', 'hpa', 'keda', 'none']);
}
