import assert from 'node:assert/strict';
import type { WorkerEntry } from '#core/operation-messages.ts';
import { eventually, getJson, post, send, statusOf, until } from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';
import { throughGateway, type World, workers } from '../world.ts';

interface Workers {
  readonly workers: readonly WorkerEntry[];
}

export async function drain(world: World): Promise<void> {
  const { kubectl } = world;
  const pods = await kubectl.podsOf('worker');
  await throughGateway(world, async (api) => {
    const { workers: listed } = await getJson<Workers>(`${api}/api/workers`);
    const live = listed.filter(({ name }) => pods.includes(name));
    assert.equal(live.length, pods.length);
    const order = { owner: 'e2e', seconds: 600, reason: 'the node is emptied' };
    for (const { worker_id: id } of live) {
      const answer = await post(`${api}/api/workers/${id}/drain`, order);
      assert.equal(answer.status, 200, await answer.clone().text());
    }
    const unready = pods.map((name) => `pod/${name}`);
    await kubectl('wait', ...unready, '--for=condition=Ready=false', '--timeout=60s');
    const id = await send(api, { bytes: fixture('word.jpg') });
    assert.equal((await statusOf(api, id)).status, 'uploaded');
    for (const worker of live) await post(`${api}/api/workers/${worker.worker_id}/undrain`);
    await until(api, id, 'parsed');
    await eventually(async () => {
      const again = await getJson<Workers>(`${api}/api/workers`);
      return again.workers.some(({ state }) => state === 'draining') ? undefined : true;
    });
  });
  await kubectl.settled(workers);
}
