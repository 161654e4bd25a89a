import assert from 'node:assert/strict';
import { detailOf, eventually, resultText, send, until } from '../../services/testing/client.ts';
import { scannedPdf } from '../../services/testing/fixtures.ts';
import { throughGateway, type World, workers } from '../world.ts';

const pages = 24;

export async function killedWorker(world: World): Promise<void> {
  const { kubectl } = world;
  await throughGateway(world, async (api) => {
    const contentType = 'application/pdf';
    const id = await send(api, { filename: 'book.pdf', contentType, bytes: scannedPdf(pages) });
    // Pages are recorded, and somebody is reading another one.
    const held = await eventually(async () => {
      const { status, pages_done: done, attempts_log: log } = await detailOf(api, id);
      assert.notEqual(status, 'parsed', 'it was read too quickly to be disturbed');
      return done === 0 ? undefined : log.find(({ outcome }) => outcome === null)?.worker;
    });
    await kubectl('delete', 'pod', held, '--grace-period=0', '--force');
    const parsed = await until(api, id, 'parsed');
    assert.equal(parsed.pages_done, pages);
    const text = await resultText(api, id);
    assert.equal(text.match(/Triple Six Point Enterprise/g)?.length, pages);
    const { attempts_log: log } = await detailOf(api, id);
    assert.ok(
      log.some(({ worker, outcome }) => worker === held && outcome !== 'done'),
      JSON.stringify(log),
    );
  });
  await kubectl.settled(workers);
}
