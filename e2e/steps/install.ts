import assert from 'node:assert/strict';
import { deploy, throughGateway, type World } from '../world.ts';

const enforce = 'pod-security.kubernetes.io/enforce=restricted';

export async function install(world: World): Promise<void> {
  const { kubectl, namespace } = world;
  await kubectl('create', 'namespace', namespace);
  await kubectl('label', 'namespace', namespace, enforce);
  await deploy(world);
  // They waited for database and store, which were starting.
  for (const component of ['migrations', 'setup']) {
    const of = ['-l', `app.kubernetes.io/component=${component}`];
    const restarts = '{.items[*].status.containerStatuses[*].restartCount}';
    assert.equal(await kubectl('get', 'pods', ...of, '-o', `jsonpath=${restarts}`), '0', component);
  }
  await throughGateway(world, async (api) => {
    const health = await fetch(`${api}/api/health`);
    const text = await health.text();
    assert.equal(health.status, 200, text);
    assert.match(text, /libtesseract 5\.5/);
  });
}
