import assert from 'node:assert/strict';
import type { UploadStatusAnswer } from '#core/messages.ts';
import { detailOf, eventually, send, statusOf } from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';
import { release, throughGateway, type World } from '../world.ts';

const uploads = 12;

export async function dependenciesRestart(world: World): Promise<void> {
  const { kubectl } = world;
  await throughGateway(world, async (api) => {
    for (const name of ['rabbitmq', 'postgresql']) {
      const ids: string[] = [];
      for (let count = 0; count < uploads; count += 1) {
        ids.push(await send(api, { bytes: fixture('receipt.jpg') }));
      }
      const open = await Promise.all(ids.map((id) => statusOf(api, id)));
      assert.ok(
        open.some(({ status }) => status !== 'parsed'),
        'all were read before the fault',
      );
      await kubectl('delete', 'pod', `${release}-${name}-0`);
      await kubectl.settled(`statefulset/${release}-${name}`);
      for (const id of ids) {
        await eventually(() => isParsed(api, id));
        const { attempts_log: log } = await detailOf(api, id);
        assert.equal(log.filter(({ outcome }) => outcome === 'done').length, 1);
      }
    }
  });
}

/** A client comes again when it is told that the ledger is away. */
async function isParsed(api: string, id: string): Promise<true | undefined> {
  const answer = await fetch(`${api}/api/uploads/${id}/status`);
  if (answer.status === 503) return undefined;
  const { status } = (await answer.json()) as UploadStatusAnswer;
  assert.notEqual(status, 'failed');
  return status === 'parsed' || undefined;
}
