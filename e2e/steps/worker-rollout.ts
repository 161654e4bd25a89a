import assert from 'node:assert/strict';
import { detailOf, send, until } from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';
import { deploy, helm, release, throughGateway, type World } from '../world.ts';

const uploads = 30;

export async function workerRollout(world: World): Promise<void> {
  const { kubectl } = world;
  await throughGateway(world, async (api) => {
    const before = await kubectl.podsOf('worker');
    const rollout = deploy(world, 'worker.defaults.softTimeLimit=200');
    const ids: string[] = [];
    for (let count = 0; count < uploads; count += 1) {
      ids.push(await send(api, { bytes: fixture('receipt.jpg') }));
    }
    await rollout;
    await helm(world, 'rollback', release, '--wait', '--timeout', '5m');
    const ends = new Set<string>();
    for (const id of ids) {
      await until(api, id, 'parsed');
      const { attempts_log: log } = await detailOf(api, id);
      assert.equal(log.filter(({ outcome }) => outcome === 'done').length, 1);
      for (const { outcome } of log) ends.add(String(outcome));
    }
    // Those that went finished what they held, or gave it back: none was lost.
    const allowed = new Set(['done', 'given_back']);
    assert.deepEqual(
      [...ends].filter((end) => !allowed.has(end)),
      [],
    );
    const after = await kubectl.podsOf('worker');
    assert.deepEqual(
      after.filter((name) => before.includes(name)),
      [],
    );
  });
}
