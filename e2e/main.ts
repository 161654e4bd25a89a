// Proves images and chart on a real Kubernetes: builds, installs into a namespace of its own, takes
// parts away while uploads are read, cleans up. One line a step; the first failure of a vital
// step ends the run. E2E_KEEP=yes leaves the namespace. `main.ts scale` does what takes an hour instead.
import { randomUUID } from 'node:crypto';
import { type Cluster, findCluster } from './cluster.ts';
import { createKubectl } from './kubectl.ts';
import { explain } from './logs.ts';
import { scaleSteps } from './scale/steps.ts';
import { steps as usual } from './steps.ts';
import type { Step, World } from './world.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);

async function main(): Promise<number> {
  const started = performance.now();
  const steps = process.argv[2] === 'scale' ? scaleSteps : usual;
  const cluster = await findCluster(process.env);
  say(`cluster: ${cluster.name} (${seconds(started)} s)`);
  // Others may test on the same cluster at the same time.
  const tag = `e2e-${randomUUID().slice(0, 13)}`;
  const namespace = `cricksy-${tag}`;
  const world: World = {
    cluster,
    kubectl: createKubectl(cluster, namespace),
    namespace,
    tag,
    registry: process.env['IMAGE_REGISTRY'] ?? '',
  };
  process.once('SIGINT', () => void cleanUp(world, cluster).finally(() => process.exit(130)));
  let passed = 0;
  try {
    for (const step of steps) {
      const ok = await attempt(step, world);
      if (ok) passed += 1;
      else if (step.vital) break;
    }
  } finally {
    await cleanUp(world, cluster);
  }
  say(`${passed} of ${steps.length} steps passed in ${seconds(started)} s`);
  return passed === steps.length ? 0 : 1;
}

async function attempt(step: Step, world: World): Promise<boolean> {
  const started = performance.now();
  try {
    const measured = await step.run(world);
    say(`ok    ${seconds(started).padStart(6)} s  ${step.name}`);
    if (typeof measured === 'string') say(measured.replaceAll(/^/gm, '                '));
    return true;
  } catch (error) {
    say(`FAIL  ${seconds(started).padStart(6)} s  ${step.name}`);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    say(await explain(world));
    return false;
  }
}

async function cleanUp({ kubectl, namespace }: World, cluster: Cluster): Promise<void> {
  if (process.env['E2E_KEEP']) return say(`left: namespace ${namespace}`);
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s');
  await cluster.stop();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`e2e: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
