import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chooseForDrain, undrain } from '#core/ledger/scaling/drains.ts';
import { raiseEpoch } from '#core/ledger/scaling/epoch.ts';
import { finishTask } from '#core/ledger/tasks/finish.ts';
import { registerWorker } from '#core/ledger/workers/register.ts';
import {
  activeWorker,
  leaseMs,
  openTestLedger,
  pageRead,
  pool,
  processing,
} from '../testing/ledger.ts';
import { silentLog as log } from '../testing/log.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import { createRunning } from './running.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());

const never = 3_600_000;

test('a draining worker says that it is drained as soon as it holds nothing', async (t) => {
  const { db } = ledger;
  const workerId = await activeWorker(db);
  const { upload, claim } = await processing(db, workerId);
  const running = createRunning();
  const task = {
    claim,
    uploadId: upload.id,
    filename: 'card.jpg',
    startedAt: new Date(),
    delivery: {} as never,
    abort: new AbortController(),
  };
  running.add(task);
  let state: Intake['state'] = 'closed';
  const intake: Intake = {
    get state() {
      return state;
    },
    async set(wanted) {
      state = wanted;
    },
  };
  const told = Promise.withResolvers<void>();
  const heartbeat = startHeartbeat({
    db,
    workerId,
    intervalMs: never,
    leaseMs,
    running,
    intake,
    register: () => assert.fail('it is known'),
    enabled: true,
    onDrained: told.resolve,
    log,
  });
  t.after(() => heartbeat.stop());
  await heartbeat.beat();
  assert.equal(state, 'open');
  await raiseEpoch(db, pool, 1);
  const chosen = { pool, epoch: 1, workerNames: [`worker-${workerId}`] };
  await chooseForDrain(db, { ...chosen, untilSeconds: 60 });
  await heartbeat.beat();
  assert.deepEqual([state, heartbeat.drained()], ['closed', false]);
  await finishTask(db, claim, { pageCount: 1, pages: [pageRead(1)], ranges: [] });
  running.remove(task);
  await told.promise;
  assert.equal(heartbeat.drained(), true);
  await undrain(db, chosen);
  await heartbeat.beat();
  assert.deepEqual([state, heartbeat.drained()], ['open', false]);
});

test('a worker that the ledger has forgotten is known again and takes work', async (t) => {
  const { db } = ledger;
  const workerId = await activeWorker(db);
  await db.query('delete from workers where id = $1', [workerId]);
  let state: Intake['state'] = 'closed';
  const heartbeat = startHeartbeat({
    db,
    workerId,
    intervalMs: never,
    leaseMs,
    running: createRunning(),
    intake: {
      get state() {
        return state;
      },
      async set(wanted) {
        state = wanted;
      },
    },
    register: () =>
      registerWorker(db, {
        id: workerId,
        name: 'worker-0',
        pool,
        slots: 1,
        engine: 'test',
        version: '0',
      }),
    enabled: true,
    onDrained: () => undefined,
    log,
  });
  t.after(() => heartbeat.stop());
  await heartbeat.beat();
  assert.equal(state, 'open');
  const { claim } = await processing(db, workerId);
  assert.equal(claim.workerId, workerId);
});
