import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import {
  activeWorker,
  claimAll,
  leaseMs,
  openTestLedger,
  pageRead,
  processing,
  pool as testPool,
} from '../../../testing/ledger.ts';
import { AppError } from '../../errors.ts';
import { failTask } from '../tasks/fail.ts';
import { finishTask } from '../tasks/finish.ts';
import { giveBackTask } from '../tasks/give-back.ts';
import { reapTasks } from '../tasks/reap.ts';
import { drainWorker, undrainWorker } from '../workers/drain.ts';
import { heartbeat } from '../workers/heartbeat.ts';
import { registerWorker } from '../workers/register.ts';
import { stopWorker } from '../workers/stop.ts';
import { lastDecision, listDecisions, listScaledPools } from './decisions.ts';
import { chooseForDrain, prolong, undrain } from './drains.ts';
import { raiseEpoch, readEpoch } from './epoch.ts';
import { observeWorkers } from './observe-workers.ts';
import { type Decided, recordDecision } from './record-decision.ts';
import { listScaleDowns, recordScaleDown, whoWent } from './scale-downs.ts';
import { countTerminatedWhileBusy } from './terminated.ts';

let ledger: Awaited<ReturnType<typeof openTestLedger>>;
before(async () => {
  ledger = await openTestLedger();
});
after(() => ledger.close());

// Workers of the tests' ledger are of one pool: each test has it for itself.
const pool = testPool;
beforeEach(async () => {
  await ledger.db.query('truncate scaling, scale_decisions, scale_downs, workers, uploads cascade');
  await raiseEpoch(ledger.db, pool, 1);
});

const leader = { pool, epoch: 1 };
const name = (id: string) => `worker-${id}`;
const finish = { pageCount: 1, pages: [pageRead(1)], ranges: [] };

function decided(changes: Partial<Decided> = {}): Decided {
  return {
    wanted: 2,
    previous: 2,
    reason: 'Steady',
    sentence: 'two are enough',
    formula: 'ceil(1.5) = 2',
    inputs: { waiting: 3 },
    missing: [],
    ...changes,
  };
}

const record = (changes?: Partial<Decided>) =>
  recordDecision(ledger.db, leader, { decision: decided(changes), memory: {} });

async function stateOf(id: string): Promise<string | undefined> {
  return (await observeWorkers(ledger.db, pool)).find((worker) => worker.id === id)?.state;
}

test('the epoch only rises, each pool has its own', async () => {
  const { db } = ledger;
  assert.equal(await readEpoch(db, 'other'), 0);
  assert.equal(await raiseEpoch(db, pool, 5), 'raised');
  assert.equal(await raiseEpoch(db, pool, 5), 'raised', 'repeated after a lost answer');
  assert.equal(await raiseEpoch(db, pool, 4), 'overtaken');
  assert.equal(await readEpoch(db, pool), 5);
  assert.equal(await raiseEpoch(db, 'other', 2), 'raised');
  assert.deepEqual(await listScaledPools(db), [pool, 'other']);
});

test('of candidates that raise at the same time the highest leads', async () => {
  const { db } = ledger;
  const epochs = [2, 3, 4, 5, 6, 7];
  const results = await Promise.all(epochs.map((epoch) => raiseEpoch(db, pool, epoch)));
  assert.equal(results.at(-1), 'raised');
  assert.equal(await readEpoch(db, pool), 7);
});

test('a leader that was overtaken changes nothing at all', async () => {
  const { db } = ledger;
  const [idle, drained] = [await activeWorker(db), await activeWorker(db)];
  await chooseForDrain(db, { ...leader, workerNames: [name(drained)], untilSeconds: 60 });
  const lowering = await recordScaleDown(db, { ...leader, from: 2, to: 1, chosen: [] });
  assert.ok(lowering !== 'overtaken');
  await raiseEpoch(db, pool, 2);
  const results = [
    await chooseForDrain(db, { ...leader, workerNames: [name(idle)], untilSeconds: 60 }),
    await undrain(db, { ...leader, workerNames: [name(drained)] }),
    await prolong(db, { ...leader, workerNames: [name(drained)], untilSeconds: 6_000 }),
    await record(),
    await recordScaleDown(db, { ...leader, from: 2, to: 1, chosen: [] }),
    await whoWent(db, { ...leader, id: lowering, workerNames: [name(idle)] }),
  ];
  assert.deepEqual(results, Array(6).fill('overtaken'));
  assert.deepEqual([await stateOf(idle), await stateOf(drained)], ['active', 'draining']);
  assert.equal((await lastDecision(db, pool)).decision, undefined);
  const downs = await listScaleDowns(db, { pool, limit: 9 });
  assert.deepEqual(
    downs.map((down) => down.settledAt),
    [null],
  );
  const [{ drainSecondsLeft } = { drainSecondsLeft: null }] = (
    await observeWorkers(db, pool)
  ).filter((worker) => worker.id === drained);
  assert.ok(drainSecondsLeft && drainSecondsLeft < 3_600);
});

test('a pool that nobody leads is nobody’s to drain', async () => {
  const worker = await activeWorker(ledger.db);
  const chosen = { pool: 'other', epoch: 1, workerNames: [name(worker)], untilSeconds: 60 };
  assert.equal(await chooseForDrain(ledger.db, chosen), 'overtaken');
});

test('the leader drains and undrains what it chose, and leaves to others what they drained', async () => {
  const { db } = ledger;
  const [free, theirs] = [await activeWorker(db), await activeWorker(db)];
  await drainWorker(db, theirs, { owner: 'operator', seconds: 60 });
  const workerNames = [name(free), name(theirs)];
  const drained = await chooseForDrain(db, { ...leader, workerNames, untilSeconds: 60 });
  assert.deepEqual(drained, [name(free)]);
  assert.deepEqual(await prolong(db, { ...leader, workerNames, untilSeconds: 600 }), [name(free)]);
  assert.deepEqual(await undrain(db, { ...leader, workerNames }), [name(free)]);
  assert.deepEqual([await stateOf(free), await stateOf(theirs)], ['active', 'draining']);
  assert.deepEqual(await undrain(db, { ...leader, workerNames }), []);
});

test('a container that starts again is still chosen', async () => {
  const { db } = ledger;
  const [worker, theirs] = [await activeWorker(db), await activeWorker(db)];
  await chooseForDrain(db, { ...leader, workerNames: [name(worker)], untilSeconds: 60 });
  await drainWorker(db, theirs, { owner: 'ada', seconds: 60 });
  const again = async (id: string) => {
    const next = { id: randomUUID(), name: name(id), pool, slots: 2, engine: 'test', version: '0' };
    await registerWorker(db, next);
    return next.id;
  };
  const next = await again(worker);
  assert.equal(await stateOf(next), 'draining');
  assert.equal(await stateOf(await again(theirs)), 'active', 'that was about another process');
  const beat = await heartbeat(db, { id: next, runs: [], leaseMs });
  assert.equal(beat?.drained, true);
  await undrain(db, { ...leader, workerNames: [name(worker)] });
  assert.deepEqual([await stateOf(worker), await stateOf(next)], ['active', 'active']);
  assert.equal(await stateOf(await again(worker)), 'active');
});

test('an operator puts back to work whom the leader drained, but nobody who is about to be ended', async () => {
  const { db } = ledger;
  const [worker, other] = [await activeWorker(db), await activeWorker(db)];
  const workerNames = [name(worker), name(other)];
  await chooseForDrain(db, { ...leader, workerNames, untilSeconds: 60 });
  assert.equal(await undrainWorker(db, other), 'done');
  const chosen = [name(worker)];
  const id = await recordScaleDown(db, { ...leader, from: 2, to: 1, chosen });
  assert.ok(id !== 'overtaken');
  assert.equal(await undrainWorker(db, worker), 'ending');
  assert.equal(await stateOf(worker), 'draining');
  assert.equal(await undrainWorker(db, other), 'done');
  await whoWent(db, { ...leader, id, workerNames: [] });
  assert.equal(await undrainWorker(db, worker), 'done');
  await stopWorker(db, worker);
  assert.equal(await undrainWorker(db, worker), 'unknown');
});

test('of an operator and a leader that want the same worker at once one is told', async () => {
  const { db } = ledger;
  for (let n = 0; n < 40; n++) {
    const worker = await activeWorker(db);
    const chosen = [name(worker)];
    await chooseForDrain(db, { ...leader, workerNames: chosen, untilSeconds: 60 });
    const lower = async () => {
      await recordScaleDown(db, { ...leader, from: 2, to: 1, chosen });
      return prolong(db, { ...leader, workerNames: chosen, untilSeconds: 60 });
    };
    const [undrained, still] = await Promise.all([undrainWorker(db, worker), lower()]);
    assert.equal(still.length, undrained === 'ending' ? 1 : 0);
  }
});

test('workers are seen with what they hold by the ledger, not by their last heartbeat', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  const { claim } = await processing(db, worker);
  await chooseForDrain(db, { ...leader, workerNames: [name(worker)], untilSeconds: 60 });
  const [busy] = await observeWorkers(db, pool);
  assert.deepEqual(
    [busy?.name, busy?.busy, busy?.slots, busy?.state, busy?.drainOwner, busy?.drainedAt],
    [name(worker), 1, 2, 'draining', 'autoscaler', null],
  );
  await finishTask(db, claim, finish);
  await heartbeat(db, { id: worker, runs: [], leaseMs });
  const [drained] = await observeWorkers(db, pool);
  assert.equal(drained?.busy, 0);
  assert.ok(drained?.drainedAt);
  assert.ok(drained && drained.heartbeatAgeSeconds >= 0 && drained.heartbeatAgeSeconds < 60);
  await stopWorker(db, worker);
  assert.deepEqual(await observeWorkers(db, pool), []);
});

test('a decision is found again with everything, and who was drained because of it', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  await record({ wanted: 3, reason: 'WorkWaits' });
  const decision = decided({ wanted: 1, reason: 'LessWork', missing: [] });
  const shadow = { wanted: 4, sentence: 'four, as the depth is 16' };
  await recordDecision(db, leader, { decision, shadow, memory: { recommendations: [1, 2] } });
  await chooseForDrain(db, { ...leader, workerNames: [name(worker)], untilSeconds: 60 });
  await undrain(db, { ...leader, workerNames: [name(worker)] });
  const last = await lastDecision(db, pool);
  assert.deepEqual(last.memory, { recommendations: [1, 2] });
  const { id, decidedAt, ...stored } = last.decision ?? {};
  assert.deepEqual(stored, {
    ...decision,
    pool,
    epoch: 1,
    shadow,
    drained: [name(worker)],
    undrained: [name(worker)],
  });
  const all = await listDecisions(db, { pool, limit: 9 });
  assert.deepEqual(
    all.map((one) => one.wanted),
    [1, 3],
  );
  assert.deepEqual(await listDecisions(db, { pool, limit: 9, before: all[1]?.id }), []);
  assert.equal((await listDecisions(db, { pool, limit: 1 })).length, 1);
});

test('decisions that changed nothing are forgotten after a day, the others after a month', async () => {
  const { db } = ledger;
  const ages = async (age: string) => {
    await db.query(`update scale_decisions set decided_at = decided_at - $1::interval`, [age]);
    await record({ sentence: 'the newest' });
    return (await listDecisions(db, { pool, limit: 9 })).map((one) => one.sentence);
  };
  await record({ sentence: 'idle' });
  await record({ sentence: 'up', wanted: 3 });
  assert.deepEqual(await ages('23 hours'), ['the newest', 'up', 'idle']);
  await db.query(`delete from scale_decisions where sentence = 'the newest'`);
  assert.deepEqual(await ages('2 hours'), ['the newest', 'up']);
  const changed = await listDecisions(db, { pool, limit: 9, changed: true });
  assert.deepEqual(
    changed.map((one) => one.sentence),
    ['up'],
  );
  await db.query(`delete from scale_decisions where sentence = 'the newest'`);
  assert.deepEqual(await ages('30 days'), ['the newest']);
});

test('attempts that a lowering ended are counted, those that ended well or before are not', async () => {
  const { db } = ledger;
  const [gone, stays] = [await activeWorker(db, 9), await activeWorker(db, 9)];
  const before = await processing(db, gone);
  await giveBackTask(db, before.claim);
  await claimAll(db, stays);
  const held = [];
  for (let n = 0; n < 4; n++) held.push((await processing(db, gone)).claim);
  const [givenBack, lost, killed, done] = held;
  assert.ok(givenBack && lost && killed && done);
  const other = await processing(db, stays);
  const lowering = await recordScaleDown(db, { ...leader, from: 2, to: 1, chosen: [name(gone)] });
  assert.ok(lowering !== 'overtaken');
  await finishTask(db, done, finish);
  await giveBackTask(db, givenBack);
  await giveBackTask(db, other.claim);
  await failTask(db, killed, {
    error: new AppError('engine.crashed', 'killed'),
    page: undefined,
    pageCount: undefined,
    random: 0,
  });
  assert.equal(await countTerminatedWhileBusy(db, pool), 0, 'nobody is known to have gone');
  await whoWent(db, { ...leader, id: lowering, workerNames: [name(gone)] });
  assert.equal(await countTerminatedWhileBusy(db, pool), 2, 'the third is not known to be lost');
  await reapTasks(db, { workerId: gone });
  assert.equal(await countTerminatedWhileBusy(db, pool), 3);
  await db.query('delete from uploads');
  assert.equal(await countTerminatedWhileBusy(db, pool), 3, 'it never falls');
  const [down] = await listScaleDowns(db, { pool, limit: 1 });
  const outcome = new Map(
    down?.workers.map((worker) => [worker.id, [worker.chosen, worker.went, worker.terminated]]),
  );
  assert.deepEqual(outcome.get(gone), [true, true, 3]);
  assert.deepEqual(outcome.get(stays), [false, false, 0]);
});

test('the next leader finds the lowering of one that died, and settles it', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  const { claim } = await processing(db, worker);
  await recordScaleDown(db, { ...leader, from: 1, to: 0, chosen: [name(worker)] });
  await giveBackTask(db, claim);
  await stopWorker(db, worker);
  await raiseEpoch(db, pool, 2);
  const [open] = await listScaleDowns(db, { pool, limit: 9, unsettled: true });
  assert.ok(open);
  assert.deepEqual([open.from, open.to, open.epoch, open.settledAt], [1, 0, 1, null]);
  await whoWent(db, { pool, epoch: 2, id: open.id, workerNames: [name(worker)] });
  assert.equal(await countTerminatedWhileBusy(db, pool), 1);
  assert.deepEqual(await listScaleDowns(db, { pool, limit: 9, unsettled: true }), []);
});

test('a worker that began after the lowering was noted is counted when it went', async () => {
  const { db } = ledger;
  const lowering = await recordScaleDown(db, { ...leader, from: 2, to: 1, chosen: [] });
  assert.ok(lowering !== 'overtaken');
  const late = await activeWorker(db);
  const { claim } = await processing(db, late);
  await giveBackTask(db, claim);
  await stopWorker(db, late);
  await whoWent(db, { ...leader, id: lowering, workerNames: [name(late)] });
  assert.equal(await countTerminatedWhileBusy(db, pool), 1);
});

test('a lowering is forgotten after a month, what it counted is not', async () => {
  const { db } = ledger;
  const worker = await activeWorker(db);
  const { claim } = await processing(db, worker);
  const lowering = await recordScaleDown(db, { ...leader, from: 1, to: 0, chosen: [name(worker)] });
  assert.ok(lowering !== 'overtaken');
  await giveBackTask(db, claim);
  await whoWent(db, { ...leader, id: lowering, workerNames: [name(worker)] });
  assert.equal(await countTerminatedWhileBusy(db, pool), 1);
  await db.query(`update scale_downs set lowered_at = now() - interval '31 days'`);
  await record();
  assert.deepEqual(await listScaleDowns(db, { pool, limit: 9 }), []);
  assert.equal(await countTerminatedWhileBusy(db, pool), 1);
});
