import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { raiseEpoch } from '#core/ledger/scaling/epoch.ts';
import { listScaleDowns, recordScaleDown } from '#core/ledger/scaling/scale-downs.ts';
import { activeWorker, openTestLedger, pool } from '../../testing/ledger.ts';
import type { Scene } from '../observe/scene.ts';
import { seeWhoWent } from './see-who-went.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());
beforeEach(async () => {
  await ledger.db.query('truncate scaling, scale_downs, workers cascade');
  await raiseEpoch(ledger.db, pool, 1);
});

const leader = { pool, epoch: 1 };

function sceneWith(names: readonly string[]): Scene {
  return {
    deployment: 'workers',
    replicas: names.length,
    epoch: 1,
    written: names.length,
    rollout: false,
    settled: true,
    noneTooMany: true,
    readyReplicas: names.length,
    pods: names.map((name) => ({
      name,
      version: '1',
      hasNode: true,
      ready: true,
      readySinceMs: 0,
      createdMs: 0,
      cost: undefined,
    })),
  };
}

/** Of three workers the first is chosen; tells who went, when these pods are left. */
async function whoWentOf(left: (names: readonly string[]) => readonly string[]): Promise<number[]> {
  const { db } = ledger;
  const names: string[] = [];
  for (let n = 0; n < 3; n++) names.push(`worker-${await activeWorker(db)}`);
  await recordScaleDown(db, { ...leader, from: 3, to: 2, chosen: names.slice(0, 1) });
  const scene = sceneWith(left(names));
  const present = { scene, ending: names, workers: [], atMs: Date.now() };
  assert.equal(await seeWhoWent(db, leader, present), 'none');
  const [lowering] = await listScaleDowns(db, { pool, limit: 1 });
  const went = lowering?.workers.filter((worker) => worker.went) ?? [];
  return went.map(({ name }) => names.indexOf(name)).toSorted();
}

test('who was chosen went', async () => {
  assert.deepEqual(await whoWentOf((names) => names.slice(1)), [0]);
});

test('who went in place of the one that was chosen is known', async () => {
  assert.deepEqual(await whoWentOf((names) => names.slice(0, 2)), [2]);
});

test('when the chosen one went, a rollout that took all the others is not ours', async () => {
  assert.deepEqual(await whoWentOf(() => ['new-1', 'new-2']), [0]);
});
