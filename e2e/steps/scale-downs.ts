import { scaleDowns } from '../scaling/scale-downs.ts';
import type { World } from '../world.ts';

export function someScaleDowns(world: World): Promise<string> {
  return scaleDowns(world, 10);
}
