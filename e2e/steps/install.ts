import assert from 'node:assert/strict';
import { deploy, throughGateway, type World } from '../world.ts';

const enforce = 'pod-security.kubernetes.io/enforce=restricted';

export async function install(world: World): Promise<void> {
  const { kubectl, namespace } = world;
  await kubectl('create', 'namespace', namespace);
  await kubectl('label', 'namespace', namespace, enforce);
  await deploy(world);
  await throughGateway(world, async (api) => {
    const health = await fetch(`${api}/api/health`);
    const text = await health.text();
    assert.equal(health.status, 200, text);
    assert.match(text, /libtesseract 5\.5/);
  });
}
