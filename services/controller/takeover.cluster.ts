// What one leader has begun the next one ends; what an old one still wants has no effect.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { undrain } from '#core/ledger/scaling/drains.ts';
import { readEpoch } from '#core/ledger/scaling/epoch.ts';
import { observeWorkers } from '#core/ledger/scaling/observe-workers.ts';
import { countTerminatedWhileBusy } from '#core/ledger/scaling/terminated.ts';
import { testKubeconfig } from '../testing/cluster.ts';
import { happened } from '../testing/happened.ts';
import { pool } from '../testing/ledger.ts';
import { act } from './act/act.ts';
import { fence } from './act/fence.ts';
import { writeCost, writeReplicas } from './act/patch.ts';
import { writeStatus } from './explain/status.ts';
import { pathsIn } from './kubernetes/paths.ts';
import { readScene } from './observe/cluster.ts';
import { annotations } from './observe/scene.ts';
import { openStage, type Stage } from './stage/stage.ts';

let stage: Stage;
const processes: ChildProcess[] = [];
const spec = {
  minReplicas: 3,
  maxReplicas: 4,
  policy: { name: 'queue-depth', depthPerWorker: 1 },
  stabilisation: { downSeconds: 0 },
};
beforeEach(async () => {
  stage = await openStage({ replicas: 3, spec, readMs: () => 25_000 });
});
afterEach(async () => {
  for (const one of processes.splice(0)) one.kill('SIGKILL');
  await stage.close();
});

const start = (): ChildProcess => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts')], {
    env: {
      KUBECONFIG: testKubeconfig(),
      DATABASE_URL: stage.url,
      CRICKSY_NAMESPACE: stage.namespace,
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  processes.push(child);
  return child;
};
const replicas = async () => (await stage.deployment()).spec.replicas;
const writtenEpoch = async () =>
  (await stage.deployment()).metadata.annotations?.[annotations.epoch];
const drained = async () =>
  (await observeWorkers(stage.db, pool)).filter(({ state }) => state === 'draining').length;
/** A scale-down that waits for two who work. */
const beginScaleDown = async () => {
  await stage.upload(3);
  await happened(() => stage.troupe.busy().length === 3);
  await stage.patchPool({ minReplicas: 1, policy: { depthPerWorker: 100 } });
  await happened(async () => (await drained()) === 2);
};

test('a leader that is killed in a scale-down leaves it to the next one', async () => {
  const first = start();
  await happened(async () => (await writtenEpoch()) === '1');
  start();
  await beginScaleDown();
  first.kill('SIGKILL');
  await happened(async () => (await writtenEpoch()) === '2');
  await happened(async () => (await replicas()) === 1);
  assert.equal(await countTerminatedWhileBusy(stage.db, pool), 0);
});

test('a leader that was frozen in a scale-down wakes up and does nothing any more', async () => {
  const first = start();
  await happened(async () => (await writtenEpoch()) === '1');
  const second = start();
  await beginScaleDown();
  first.kill('SIGSTOP');
  await happened(async () => (await writtenEpoch()) === '2');
  await stage.patchPool({ minReplicas: 4 });
  await happened(async () => (await replicas()) === 4);
  await happened(async () => (await drained()) === 0);
  second.kill('SIGSTOP');
  first.kill('SIGCONT');
  // Nobody leads now but in the memory of the first.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  assert.equal(await replicas(), 4);
  assert.equal(await drained(), 0);
  assert.equal(await readEpoch(stage.db, pool), 2);
});

test('writes of an older epoch change neither Deployment nor workers', async () => {
  const target = { kubernetes: stage.kubernetes, paths: pathsIn(stage.namespace), db: stage.db };
  const deployment = { pool, deployment: 'workers' };
  assert.equal(await fence(target, { ...deployment, epoch: 7 }), 7);
  const change = { name: 'workers', from: 3, to: 1 };
  assert.equal(await writeReplicas(target, { ...change, epoch: 6 }), false);
  assert.equal(await replicas(), 3);
  assert.equal(await undrain(stage.db, { pool, epoch: 6, workerNames: [] }), 'overtaken');
  assert.equal(await fence(target, { ...deployment, epoch: 6 }), 7);
  assert.equal(await writtenEpoch(), '7');
  assert.equal(await writeReplicas(target, { ...change, from: 2, epoch: 7 }), false);
  assert.equal(await writeReplicas(target, { ...change, epoch: 7 }), true);
  assert.equal(await replicas(), 1);
});

test('what an older leader read of pods and pool cannot be written to any more', async () => {
  const target = { kubernetes: stage.kubernetes, paths: pathsIn(stage.namespace), db: stage.db };
  // Nobody else gives them another version any more.
  await happened(async () => (await readScene(target, 'workers')).readyReplicas === 3);
  await fence(target, { pool, deployment: 'workers', epoch: 6 });
  const read = await readScene(target, 'workers');
  const [old, known] = [read.pods[0], await stage.pool()];
  assert.ok(old);
  await fence(target, { pool, deployment: 'workers', epoch: 7 });
  assert.equal(await writeCost(target, old, -1_000), false);
  // It may also have been frozen between Deployment and pods.
  const acting = { ...target, pool, epoch: 6, drainSeconds: 60 };
  const price = { do: 'price', pods: [old.name], cost: -1_000 } as const;
  const late = { ...acting, scene: await readScene(target, 'workers') };
  assert.equal(await act([price], late, () => assert.fail()), 'changed');
  const costs = async () => (await readScene(target, 'workers')).pods.map(({ cost }) => cost);
  assert.deepEqual(await costs(), [undefined, undefined, undefined]);
  const now = { ...late, epoch: 7, scene: await readScene(target, 'workers') };
  assert.equal(await act([price], now, () => undefined), 'done');
  assert.deepEqual((await costs()).toSorted(), ['-1000', undefined, undefined]);

  const controller = await stage.control();
  await happened(async () => (await stage.pool()).status !== undefined);
  await controller.stop();
  const { status } = await stage.pool();
  assert.ok(status);
  assert.equal(await writeStatus(target, known, { ...status, message: 'late' }), 'overtaken');
  assert.deepEqual((await stage.pool()).status, status);
});

test('after the Lease was deleted its epochs go on above those that were written', async () => {
  const target = { kubernetes: stage.kubernetes, paths: pathsIn(stage.namespace), db: stage.db };
  await fence(target, { pool, deployment: 'workers', epoch: 41 });
  await stage.patchPool({ minReplicas: 4 });
  const controller = await stage.control();
  await happened(async () => (await replicas()) === 4);
  assert.equal(controller.epoch(), 42);
  assert.equal(await writtenEpoch(), '42');
});
