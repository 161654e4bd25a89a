// When a controller does not scale, or not yet: each case on a real Deployment.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listDecisions } from '#core/ledger/scaling/decisions.ts';
import { observeWorkers } from '#core/ledger/scaling/observe-workers.ts';
import { changeSwitch } from '#core/ledger/switches/switches.ts';
import { happened } from '../testing/happened.ts';
import { pool } from '../testing/ledger.ts';
import { pathsIn } from './kubernetes/paths.ts';
import type { Condition } from './observe/pool.ts';
import { openStage, type Stage, type StageOptions } from './stage/stage.ts';

let stage: Stage;
const spec = {
  minReplicas: 1,
  maxReplicas: 4,
  policy: { name: 'queue-depth', depthPerWorker: 1 },
  stabilisation: { downSeconds: 0 },
};
const open = async (options: Partial<StageOptions> = {}) => {
  stage = await openStage({ replicas: 1, spec, ...options });
};
afterEach(() => stage.close());

const replicas = async () => (await stage.deployment()).spec.replicas;
const reaches = (wanted: number) =>
  happened(
    async () => (await replicas()) === wanted,
    () => `replicas were never ${wanted}`,
  );
const is = (type: Condition['type'], status: string, reason?: string) =>
  happened(
    async () => {
      const found = await stage.condition(type);
      return found?.status === status && (reason === undefined || found.reason === reason);
    },
    () => `${type} was never ${status}`,
  );
const draining = async () =>
  (await observeWorkers(stage.db, pool))
    .filter(({ state }) => state === 'draining')
    .map(({ name }) => name);
const drained = async () => (await draining()).length;
const ready = async () => (await stage.pool()).status?.ready ?? 0;
/** Several looks: whatever would be done is done by then. */
const severalLooks = () => sleep(7_000);

test('paused it decides and changes nothing; drained workers go back to work', async () => {
  await open({ replicas: 2, readMs: () => 20_000, spec: { ...spec, minReplicas: 2 } });
  await stage.control();
  await stage.upload(2);
  await happened(() => stage.troupe.busy().length === 2);
  await stage.patchPool({ minReplicas: 1, policy: { depthPerWorker: 4 } });
  await happened(async () => (await drained()) === 1);
  await stage.patchPool({ paused: true });
  await is('Paused', 'True');
  await is('Active', 'False', 'Paused');
  await happened(async () => (await drained()) === 0);
  await stage.upload(20);
  await severalLooks();
  assert.equal(await replicas(), 2);
  assert.equal((await stage.pool()).status?.wanted, 4);
  await stage.patchPool({ paused: false });
  await reaches(4);
});

test('a dry run touches neither Deployment nor workers, and says what it would do', async () => {
  await open({ spec: { ...spec, dryRun: true, minReplicas: 3 } });
  const { resourceVersion } = (await stage.deployment()).metadata;
  await stage.control();
  await is('Active', 'False', 'DryRun');
  await severalLooks();
  const after = await stage.deployment();
  assert.equal(after.spec.replicas, 1);
  assert.deepEqual(Object.keys(after.metadata.annotations ?? {}), [
    'deployment.kubernetes.io/revision',
  ]);
  assert.ok(resourceVersion);
  assert.equal((await stage.pool()).status?.wanted, 3);
});

test('a Deployment that an HPA scales is refused until that is gone', async () => {
  await open({ spec: { ...spec, minReplicas: 3 } });
  const hpas = `/apis/autoscaling/v2/namespaces/${stage.namespace}/horizontalpodautoscalers`;
  await stage.kubernetes.request('POST', hpas, {
    body: {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'other', labels: { 'scaledobject.keda.sh/name': 'theirs' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'workers' },
        maxReplicas: 2,
      },
    },
  });
  await stage.control();
  await is('Conflicted', 'True', 'AnotherScaler');
  await severalLooks();
  assert.equal(await replicas(), 1);
  assert.match((await stage.condition('Conflicted'))?.message ?? '', /ScaledObject theirs/);
  assert.ok((await stage.events()).includes('Conflicted'));
  await stage.kubernetes.request('DELETE', `${hpas}/other`);
  await is('Conflicted', 'False');
  await reaches(3);
});

test('a second OcrWorkerPool of the same workers leaves them and what is told of them alone', async () => {
  await open({ replicas: 3, readMs: () => 12_000, spec: { ...spec, minReplicas: 3 } });
  await stage.control();
  await stage.upload(3);
  await happened(() => stage.troupe.busy().length === 3);
  const { spec: same } = await stage.pool();
  await sleep(1_100);
  await stage.kubernetes.request('POST', pathsIn(stage.namespace).pools, {
    body: {
      apiVersion: 'ocr.cricksy.dev/v1alpha1',
      kind: 'OcrWorkerPool',
      metadata: { name: 'second' },
      spec: { ...same, minReplicas: 2, maxReplicas: 2 },
    },
  });
  await stage.patchPool({ minReplicas: 1, policy: { depthPerWorker: 100 } });
  await happened(async () => (await drained()) === 2);
  await severalLooks();
  assert.equal((await stage.events()).includes('PutBackToWork'), false);
  const decisions = await listDecisions(stage.db, { pool, limit: 100 });
  assert.equal(
    decisions.some(({ inputs }) => inputs['max'] === 2),
    false,
  );
  await reaches(1);
});

test('who scales by hand is noticed and told, and what was decided is done again', async () => {
  await open({ spec: { ...spec, minReplicas: 2 } });
  await stage.control();
  await reaches(2);
  await happened(async () => (await ready()) === 2);
  await stage.scale(1);
  await reaches(2);
  await happened(async () => (await stage.events()).includes('Conflicted'));
  await is('Conflicted', 'False');
});

test('while the broker cannot be read nothing goes down, and drained workers go back to work', async () => {
  await open({ replicas: 3, spec: { ...spec, minReplicas: 3 } });
  await stage.control();
  await happened(async () => (await ready()) === 3);
  stage.muteBroker(true);
  await is('SignalLost', 'True');
  await stage.patchPool({ minReplicas: 1 });
  await severalLooks();
  assert.equal(await replicas(), 3);
  assert.equal(await drained(), 0);
  stage.muteBroker(false);
  await is('SignalLost', 'False');
  await reaches(1);
});

test('work that arrives during a scale-down takes the chosen back', async () => {
  await open({ replicas: 3, readMs: () => 4_000, spec: { ...spec, minReplicas: 3 } });
  await stage.control();
  await stage.upload(3);
  await happened(() => stage.troupe.busy().length === 3);
  await stage.patchPool({ minReplicas: 1, policy: { depthPerWorker: 100 } });
  await happened(async () => (await drained()) === 2);
  await stage.patchPool({ policy: { depthPerWorker: 1 } });
  await stage.upload(3);
  await happened(async () => (await drained()) === 0);
  await happened(async () => (await stage.events()).includes('PutBackToWork'));
  assert.ok(((await replicas()) ?? 0) >= 3);
});

test('a worker that takes too long goes back to work, and it is the turn of another', async () => {
  await open({ replicas: 2, readMs: () => 50_000, spec: { ...spec, minReplicas: 2 } });
  await stage.control();
  await stage.upload(2);
  await happened(() => stage.troupe.busy().length === 2);
  const scaleDown = { drainSeconds: 30 };
  await stage.patchPool({ minReplicas: 1, policy: { depthPerWorker: 4 }, scaleDown });
  await happened(async () => (await drained()) === 1);
  const [first] = await draining();
  await sleep(25_000);
  await happened(async () => {
    const now = await draining();
    return now.length === 1 && now[0] !== first;
  });
  assert.equal(stage.troupe.busy().length, 2);
  assert.equal(await replicas(), 2);
});

test('during a rollout nobody is chosen, and who was goes back to work', async () => {
  await open({
    replicas: 3,
    readMs: () => 15_000,
    startMs: 3_000,
    spec: { ...spec, minReplicas: 3 },
  });
  await stage.control();
  await stage.upload(3);
  await happened(() => stage.troupe.busy().length === 3);
  await stage.patchPool({ minReplicas: 1, policy: { depthPerWorker: 100 } });
  await happened(async () => (await drained()) === 2);
  await stage.rollOut();
  await happened(async () => (await stage.events()).includes('PutBackToWork'));
  assert.equal(await replicas(), 3);
  await reaches(1);
});

test('while an operator has switched reading off nothing is scaled for what waits', async () => {
  await open();
  await stage.control();
  await happened(async () => (await ready()) === 1);
  const reading = { feature: 'ocr', pool, by: 'ada' } as const;
  await changeSwitch(stage.db, { ...reading, on: false });
  await stage.upload(10);
  await severalLooks();
  assert.equal(await replicas(), 1);
  await changeSwitch(stage.db, { ...reading, on: true });
  await reaches(4);
});
