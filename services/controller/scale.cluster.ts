// Nobody is killed at work: counted from the ledger's attempts, on real ReplicaSets.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listScaleDowns } from '#core/ledger/scaling/scale-downs.ts';
import { countTerminatedWhileBusy } from '#core/ledger/scaling/terminated.ts';
import { happened } from '../testing/happened.ts';
import { pool } from '../testing/ledger.ts';
import { openStage, type Stage, type StageOptions } from './stage/stage.ts';

let stage: Stage;
const spec = {
  minReplicas: 1,
  maxReplicas: 6,
  policy: { name: 'queue-depth', depthPerWorker: 1 },
  stabilisation: { downSeconds: 0 },
};
const open = async (options: Partial<StageOptions> = {}) => {
  stage = await openStage({ replicas: 1, spec, ...options });
};
const replicas = async () => (await stage.deployment()).spec.replicas;
const unfinished = async () => {
  const [row] = await stage.db.query<{ count: number }>(
    `select count(*) as count from tasks where status in ('waiting', 'dispatched', 'running')`,
  );
  return row?.count ?? 0;
};
const reaches = (wanted: number) =>
  happened(
    async () => (await replicas()) === wanted,
    () => `replicas were never ${wanted}`,
  );
/** How all attempts have ended so far. */
const outcomes = async () => {
  const rows = await stage.db.query<{ outcome: string; count: number }>(
    'select outcome, count(*) as count from attempts where outcome is not null group by outcome',
  );
  return Object.fromEntries(rows.map((row) => [row.outcome, row.count]));
};

afterEach(() => stage.close());

test('up in one jump when much waits, down when nothing does, and nobody is killed at work', async () => {
  await open({ readMs: () => 1_000 + Math.random() * 2_000 });
  await stage.control();
  await stage.upload(40);
  await reaches(6);
  await happened(async () => (await unfinished()) === 0);
  await reaches(1);
  assert.deepEqual(await outcomes(), { done: 40 });
  assert.equal(await countTerminatedWhileBusy(stage.db, pool), 0);
  const downs = await listScaleDowns(stage.db, { pool, limit: 100 });
  assert.equal(
    downs.reduce((sum, { from, to }) => sum + from - to, 0),
    5,
  );
  assert.ok((await stage.events()).includes('ScaledUp'));
  assert.ok((await stage.events()).includes('ScaledDown'));
});

test('work that comes in waves, and leaders that come and go, cost no attempt', async () => {
  const readMs = () => 300 + Math.random() * 2_500;
  await open({ slots: 2, readMs, spec: { ...spec, maxReplicas: 12 } });
  let leader = await stage.control();
  let waiting = await stage.control();
  let sent = 0;
  for (let wave = 0; wave < 12; wave++) {
    const uploads = Math.ceil(Math.random() * (wave % 3 === 0 ? 30 : 6));
    sent += uploads;
    await stage.upload(uploads);
    await sleep(1_000 + Math.random() * 7_000);
    if (wave % 4 !== 3) continue;
    await leader.stop();
    leader = waiting;
    waiting = await stage.control();
  }
  await happened(async () => (await unfinished()) === 0);
  await reaches(1);
  assert.deepEqual(await outcomes(), { done: sent });
  assert.equal(await countTerminatedWhileBusy(stage.db, pool), 0);
  const downs = await listScaleDowns(stage.db, { pool, limit: 100 });
  assert.ok(downs.length > 0);
});
