import { noneDisturbed, now } from '../scaling/attempts.ts';
import { deployController, reaches, readPool } from '../scaling/pool.ts';
import { describeTimeline, timeBurst } from '../scaling/timeline.ts';
import type { World } from '../world.ts';

export async function scaledBurst(world: World): Promise<string> {
  await deployController(world);
  await reaches(world, 1);
  const since = await now(world);
  const seen = await timeBurst(world, { uploads: 60, min: 1, limitSeconds: 600 });
  const attempts = await noneDisturbed(world, since);
  const { status } = await readPool(world);
  return `${describeTimeline(seen)}; ${attempts}; last word: ${status?.message}`;
}
