import path from 'node:path';
import { run } from '../shell.ts';
import { imageOf, type World } from '../world.ts';

const program = path.join(import.meta.dirname, '../../bin/image');
const targets = ['gateway', 'worker', 'controller'];

export async function images(world: World): Promise<void> {
  await unchangedImages(world);
  await world.cluster.deliver(targets.map((name) => imageOf(world, name)));
}

export async function unchangedImages({ registry, tag }: World): Promise<void> {
  const prefix = path.posix.join(registry, 'cricksy-ocr');
  await run(program, targets, { env: { TAG: tag, IMAGE_PREFIX: prefix } });
}
