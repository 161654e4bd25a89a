import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { detailOf, send, until } from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';
import { askLedger, deploy, helm, release, throughGateway, type World } from '../world.ts';
import { build, deliver } from './images.ts';

const root = path.join(import.meta.dirname, '../..');
const sources = ['package.json', 'package-lock.json', 'bin', 'migrations', 'services'];
const added = '9999-next-release.ts';
const images = ['gateway', 'worker'];
const uploads = 20;
const applied = `select count(*) from schema_migrations where name = '${added}'`;
/** Of all uploads, what the new column says. */
const marks = 'select distinct next_release from uploads';

export async function newMigration(world: World): Promise<void> {
  const next = { ...world, tag: `${world.tag}-next` };
  await buildNext(next);
  await deliver(next, images);
  const ids: string[] = [];
  await throughGateway(world, async (api) => {
    for (let count = 0; count < uploads; count += 1) {
      ids.push(await send(api, { bytes: fixture('receipt.jpg') }));
    }
  });
  await deploy(world, `image.tag=${next.tag}`);
  assert.equal(await askLedger(world, applied), '1');
  assert.match(await askLedger(world, marks), /was there before/);
  assert.deepEqual(await tagsThatRun(world), [next.tag]);
  await throughGateway(world, async (api) => {
    ids.push(await send(api, { bytes: fixture('receipt.jpg') }));
  });
  // The older images in front of the newer schema: a rollback takes no migration back.
  await helm(world, 'rollback', release, '--wait', '--wait-for-jobs', '--timeout', '5m');
  assert.deepEqual(await tagsThatRun(world), [world.tag]);
  assert.equal(await askLedger(world, applied), '1');
  await throughGateway(world, async (api) => {
    ids.push(await send(api, { bytes: fixture('receipt.jpg') }));
    for (const id of ids) await readOnce(api, id);
  });
}

/** The same tree with one migration more. */
async function buildNext(world: World): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-next-'));
  try {
    for (const name of sources) {
      await cp(path.join(root, name), path.join(folder, name), { recursive: true });
    }
    await cp(path.join(root, 'e2e/migrations', added), path.join(folder, 'migrations', added));
    await build(world, { folder, of: images });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readOnce(api: string, id: string): Promise<void> {
  await until(api, id, 'parsed');
  const { attempts_log: log } = await detailOf(api, id);
  assert.equal(log.filter(({ outcome }) => outcome === 'done').length, 1);
}

async function tagsThatRun({ kubectl }: World): Promise<string[]> {
  const ours = 'app.kubernetes.io/component in (gateway, worker)';
  const pods = await kubectl('get', 'pods', '-l', ours, '-o', 'json');
  const { items } = JSON.parse(pods) as {
    items: {
      metadata: { deletionTimestamp?: string };
      spec: { containers: { image: string }[] };
    }[];
  };
  const images = items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap(({ spec }) => spec.containers.map(({ image }) => image));
  return [...new Set(images.map((image) => image.split(':').at(-1) ?? ''))];
}
