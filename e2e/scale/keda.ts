import path from 'node:path';
import { reaches } from '../scaling/pool.ts';
import { describeTimeline, timeBurst } from '../scaling/timeline.ts';
import { run } from '../shell.ts';
import { deploy, type World } from '../world.ts';

/** KEDA as it comes: it asks every 30 s and its HPA keeps workers for five minutes. */
export async function kedaBurst(world: World): Promise<string> {
  await installKeda(world);
  await deploy(
    world,
    'autoscaling.mode=keda',
    'worker.defaults.minReplicas=0',
    'worker.defaults.maxReplicas=6',
  );
  await reaches(world, 0, 900);
  return describeTimeline(await timeBurst(world, { uploads: 200, min: 0, limitSeconds: 1500 }));
}

export async function installKeda({ cluster }: World): Promise<void> {
  const crd = await run('kubectl', ['get', 'crd', '--output=name'], { env: cluster.env });
  if (crd.includes('scaledobjects.keda.sh')) return;
  const folder = process.env['CRICKSY_TEST_CLUSTER'];
  if (!folder) throw new Error('needs KEDA in the cluster, or CRICKSY_TEST_CLUSTER');
  await run(path.join(folder, 'keda'), []);
}
