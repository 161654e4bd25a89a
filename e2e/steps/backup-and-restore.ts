import assert from 'node:assert/strict';
import path from 'node:path';
import {
  detailOf,
  eventsOf,
  getJson,
  post,
  resultText,
  send,
  until,
} from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';
import { run } from '../shell.ts';
import { deploy, release, renderRestore, throughGateway, type World } from '../world.ts';

const command = path.join(import.meta.dirname, '../../bin/cricksy-ocr');
const switches = 'backup.enabled=true';

export async function backupAndRestore(world: World): Promise<void> {
  const { kubectl } = world;
  await deploy(world, switches);
  const known = await throughGateway(world, async (api) => {
    const [read, applied] = [await readNew(api), await readNew(api)];
    await post(`${api}/api/uploads/${applied}/apply`, { confirm: true });
    await until(api, applied, 'applied');
    return { read, applied };
  });
  await kubectl('create', 'job', 'backup-now', `--from=cronjob/${release}-backup`);
  await kubectl('wait', 'job/backup-now', '--for=condition=complete', '--timeout=300s');

  const later = await throughGateway(world, async (api) => [
    await readNew(api),
    await readNew(api),
  ]);
  const instance = `app.kubernetes.io/instance=${release}`;
  await kubectl('scale', 'deployment', '-l', instance, '--replicas=0');
  await kubectl.emptied('gateway', 'worker');
  await kubectl.apply(await renderRestore(world, switches));
  const restore = `job/${release}-restore`;
  await kubectl('wait', restore, '--for=condition=complete', '--timeout=300s');
  await kubectl('delete', restore, 'job/backup-now');
  await deploy(world, switches);

  await throughGateway(world, async (api) => {
    assert.equal((await detailOf(api, known.applied)).status, 'applied');
    const events = await eventsOf(api, known.applied);
    assert.equal(events.filter(({ type }) => type === 'upload.applied').length, 1);
    assert.match(await resultText(api, known.read), /Triple Six Point/);
    for (const id of later) assert.equal((await fetch(`${api}/api/uploads/${id}`)).status, 404);
    const said = await run(command, ['--url', api, 'adopt', '--confirm']);
    assert.match(said, /^2 uploads are read again, 0 originals are left$/m);
    for (const id of later) {
      await until(api, id, 'parsed');
      assert.match(await resultText(api, id), /Triple Six Point/);
    }
    const { count } = await getJson<{ count: number }>(`${api}/api/orphans`);
    assert.equal(count, 0);
  });
}

async function readNew(api: string): Promise<string> {
  const id = await send(api, { bytes: fixture('receipt.jpg') });
  await until(api, id, 'parsed');
  return id;
}
