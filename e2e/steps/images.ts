import path from 'node:path';
import { run } from '../shell.ts';
import { imageOf, type World } from '../world.ts';

const root = path.join(import.meta.dirname, '../..');
const targets = ['gateway', 'worker', 'controller'];

export async function images(world: World): Promise<void> {
  await unchangedImages(world);
  await deliver(world);
}

export async function unchangedImages(world: World): Promise<void> {
  await build(world);
}

/** Images of the tree in `folder`, by its own program. */
export async function build(
  { registry, tag }: World,
  { folder = root, of = targets }: { folder?: string; of?: readonly string[] } = {},
): Promise<void> {
  const env = { TAG: tag, IMAGE_PREFIX: path.posix.join(registry, 'cricksy-ocr') };
  await run(path.join(folder, 'bin/image'), of, { env });
}

export async function deliver(world: World, of: readonly string[] = targets): Promise<void> {
  await world.cluster.deliver(of.map((name) => imageOf(world, name)));
}
