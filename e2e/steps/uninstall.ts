import assert from 'node:assert/strict';
import { eventually } from '../../services/testing/client.ts';
import { patience } from '../kubectl.ts';
import { helm, release, type World } from '../world.ts';

const kinds =
  'all,secrets,networkpolicies,persistentvolumeclaims,poddisruptionbudgets,leases,roles,ocrworkerpools';

export async function uninstall(world: World): Promise<void> {
  await helm(world, 'uninstall', release, '--wait');
  // Pods take a moment longer than what made them.
  await eventually(async () => {
    const pods = await world.kubectl('get', 'pods', '-o', 'name');
    return pods === '' || undefined;
  }, patience);
  const left = (await world.kubectl('get', kinds, '-o', 'name')).trim().split('\n');
  const announced = new RegExp(`^persistentvolumeclaim/data-${release}-`);
  assert.deepEqual(
    left.filter((name) => !announced.test(name)),
    [],
  );
  assert.ok(left.length > 0);
}
