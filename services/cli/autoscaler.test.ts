// What the scaler decided, over the API and in words, from a ledger that a scaler has written.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { autoscalerAnswer, decisionsAnswer } from '#core/autoscaler-messages.ts';
import { chooseForDrain } from '#core/ledger/scaling/drains.ts';
import { raiseEpoch } from '#core/ledger/scaling/epoch.ts';
import { type Decided, recordDecision } from '#core/ledger/scaling/record-decision.ts';
import { recordScaleDown, whoWent } from '#core/ledger/scaling/scale-downs.ts';
import { giveBackTask } from '#core/ledger/tasks/give-back.ts';
import { drainWorker } from '#core/ledger/workers/drain.ts';
import { stopWorker } from '#core/ledger/workers/stop.ts';
import { startCli } from '../testing/cli.ts';
import { activeWorker, pool, processing } from '../testing/ledger.ts';
import { createSystem, type System } from '../testing/system.ts';
import { exitCodes } from './exit-codes.ts';

let system: System;
let api = '';
before(async () => {
  system = await createSystem();
  api = (await system.startGateway({ CRICKSY_ENABLE_OCR: 'false' })).url;
});
after(() => system.stop());

const run = (...args: string[]) => startCli(['autoscaler', ...args], { CRICKSY_URL: api }).ended;

async function get<Schema extends z.ZodType>(path: string): Promise<z.infer<Schema>> {
  const response = await fetch(`${api}/api/autoscaler${path}`);
  assert.equal(response.status, 200);
  return (await response.json()) as z.infer<Schema>;
}

const leader = { pool, epoch: 1 };

function decided(changes: Partial<Decided>): Decided {
  return {
    wanted: 3,
    previous: 3,
    reason: 'Steady',
    sentence: 'Three workers, as before.',
    formula: 'ceil(60 s / 30 s / 1) = 2',
    inputs: { backlogSeconds: 60.1234, ready: 3, starting: 0 },
    missing: [],
    ...changes,
  };
}

test('where nothing scales, that is said', async () => {
  assert.deepEqual(await get<typeof autoscalerAnswer>(''), { pools: [] });
  const { code, stderr } = await run('why');
  assert.equal(code, exitCodes.failed);
  assert.equal(stderr, 'cricksy-ocr: no pool is scaled by Cricksy OCR here\n');
  assert.equal((await run('everything')).code, exitCodes.usage);
});

test('the last decision is explained with its numbers, who was drained, and what KEDA would have done', async () => {
  const { db } = system;
  await raiseEpoch(db, pool, 1);
  assert.match((await run('why')).stdout, /nothing was decided yet/);
  const [busy, chosen, theirs] = [
    await activeWorker(db),
    await activeWorker(db),
    await activeWorker(db),
  ];
  await activeWorker(db);
  const { claim: lost } = await processing(db, chosen);
  await drainWorker(db, theirs, { owner: 'operator', seconds: 60 });
  await recordDecision(db, leader, {
    decision: decided({ previous: 4, reason: 'LessWork', sentence: 'Two would do.', wanted: 3 }),
    shadow: { wanted: 20, sentence: '20 workers: 80 messages.' },
    memory: {},
  });
  const name = `worker-${chosen}`;
  await chooseForDrain(db, { ...leader, workerNames: [name], untilSeconds: 60 });
  const lowering = await recordScaleDown(db, { ...leader, from: 4, to: 3, chosen: [name] });
  assert.ok(lowering !== 'overtaken');
  await recordDecision(db, leader, { decision: decided({}), memory: {} });
  await giveBackTask(db, lost);
  const { claim } = await processing(db, busy);
  assert.equal(claim.workerId, busy);

  const unsettled = await run('why');
  assert.match(unsettled.stdout, /last lowered at \S+ from 4 to 3: who went is not known yet/);
  await whoWent(db, { ...leader, id: lowering, workerNames: [name] });
  await stopWorker(db, chosen);

  const { pools } = await get<typeof autoscalerAnswer>('');
  const [known] = pools;
  assert.ok(known && pools.length === 1);
  assert.deepEqual(known.workers, { ready: 2, busy: 1, idle: 1, draining: 0, withdrawn: 1 });
  assert.equal(known.terminated_while_busy, 1);
  assert.deepEqual([known.last_change?.wanted, known.decisions.length], [3, 2]);
  assert.deepEqual(known.decisions[1]?.drained, [name]);
  assert.deepEqual(known.scale_downs[0]?.went, [name]);
  assert.equal(known.scale_downs[0]?.terminated_while_busy, 1);

  const { code, stdout } = await run('why', '--pool', pool);
  assert.equal(code, exitCodes.done);
  for (const words of [
    /^default: 2 ready: 1 busy, 1 idle; 1 withdrawn by others; .* 1 ended while busy$/m,
    /now: 3 {2}Steady, at \d{4}-.*Z$/m,
    /^ +Three workers, as before\.$/m,
    /reckoned: ceil\(60 s/,
    /from: ready 3, backlog seconds 60\.1$/m,
    /last change: 4 -> 3 {2}LessWork/,
    new RegExp(`drained: ${name}`),
    /KEDA would have 20 workers: 80 messages\./,
    new RegExp(`from 4 to 3: ${name} went, attempts ended with it: 1`),
  ]) {
    assert.match(stdout, words);
  }
  const status = await run('status');
  assert.match(status.stdout, /^default {2}3 wanted \(Steady\) {2}2 ready: 1 busy, 1 idle {2}/);
  const json = JSON.parse((await run('status', '--json')).stdout) as { wanted: number };
  assert.equal(json.wanted, 3);
});

test('decisions are told from new to old, in portions', async () => {
  const first = await get<typeof decisionsAnswer>(`/decisions?pool=${pool}&limit=1`);
  assert.deepEqual(
    first.decisions.map((one) => one.reason),
    ['Steady'],
  );
  const next = await get<typeof decisionsAnswer>(
    `/decisions?pool=${pool}&limit=9&cursor=${first.next_cursor}`,
  );
  assert.deepEqual(
    next.decisions.map((one) => one.reason),
    ['LessWork'],
  );
  assert.equal(next.next_cursor, null);
  const changed = await get<typeof decisionsAnswer>(`/decisions?pool=${pool}&changed=true`);
  assert.deepEqual(changed.decisions, next.decisions);
  const refused = await fetch(`${api}/api/autoscaler/decisions?pool=%00`);
  assert.equal(refused.status, 400);
  const { stdout } = await run('decisions', '--limit', '1');
  assert.match(stdout, /^\d{4}-\S+Z {2}default {2}3 {2}Steady {2}Three workers, as before\.\n$/);
});

test('a pool that is not scaled is named', async () => {
  assert.deepEqual(await get<typeof autoscalerAnswer>('?pool=other'), { pools: [] });
  const { code, stderr } = await run('status', '--pool', 'other');
  assert.equal(code, exitCodes.failed);
  assert.match(stderr, /pool other is not scaled/);
});
