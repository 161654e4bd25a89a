import { eventually } from '../../services/testing/client.ts';
import { bound, reaches } from '../scaling/pool.ts';
import { type World, workers } from '../world.ts';

export async function handScaling(world: World): Promise<void> {
  const { kubectl } = world;
  await bound(world, 2, 2);
  await reaches(world, 2);
  await kubectl('scale', workers, '--replicas=3');
  await eventually(async () => {
    const events = await kubectl(
      'get',
      'events',
      '--field-selector=reason=Conflicted',
      '-o',
      'name',
    );
    return events !== '' || undefined;
  });
  // What was asked of the pool is what holds in the end.
  await reaches(world, 2);
}
