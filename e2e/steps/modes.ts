import assert from 'node:assert/strict';
import { replicasOf } from '../scaling/pool.ts';
import { deploy, type World, workers } from '../world.ts';

/** A number that no mode would choose by itself. */
const running = 3;

/** Who scales next finds what ran, pod by pod. The builtin one is paused, or it would begin at once. */
export async function modes(world: World): Promise<void> {
  await changeModes(world, ['builtin', 'hpa', 'builtin', 'none']);
}

export async function changeModes(world: World, order: readonly string[]): Promise<void> {
  const { kubectl } = world;
  await kubectl('scale', workers, `--replicas=${running}`);
  await kubectl.settled(workers);
  const pods = await kubectl.podsOf('worker');
  assert.equal(pods.length, running);
  for (const mode of order) {
    const still = mode === 'builtin' ? ['autoscaling.builtin.paused=true'] : [];
    await deploy(world, `autoscaling.mode=${mode}`, ...still);
    assert.equal(await replicasOf(world), running, mode);
    assert.deepEqual(await kubectl.podsOf('worker'), pods, mode);
  }
}
