import assert from 'node:assert/strict';
import { gateways, release, startStranger, type World } from '../world.ts';

// Asks from inside, as an Ingress would: a forwarded port ends with its pod.
const asking = `
  const counts = { good: 0, bad: [] };
  const ask = async () => {
    for (;;) {
      try {
        const answer = await fetch('http://${release}-gateway:8080/api/uploads?limit=1');
        const text = await answer.text();
        if (answer.ok) counts.good += 1; else counts.bad.push(answer.status + ' ' + text);
      } catch (error) { counts.bad.push(String(error.cause ?? error)); }
      await new Promise((next) => setTimeout(next, 20));
    }
  };
  for (let number = 0; number < 4; number += 1) ask();
  setInterval(() => console.log(JSON.stringify(counts)), 500);`;

export async function gatewayRollout(world: World): Promise<void> {
  const { kubectl } = world;
  const before = (await kubectl.podsOf('gateway')).map((name) => `pod/${name}`);
  await startStranger(world, 'client', asking);
  await kubectl('wait', 'pod/client', '--for=condition=Ready', '--timeout=60s');
  await kubectl('rollout', 'restart', gateways);
  await kubectl.settled(gateways);
  await kubectl('wait', ...before, '--for=delete', '--timeout=90s');
  const counts = JSON.parse(await kubectl('logs', 'client', '--tail=1')) as {
    readonly good: number;
    readonly bad: readonly unknown[];
  };
  await kubectl('delete', 'pod', 'client', '--grace-period=0', '--force');
  assert.deepEqual(counts.bad, []);
  assert.ok(counts.good > 100, `only ${counts.good} requests`);
}
