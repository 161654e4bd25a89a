import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OcrWorkerPool } from '../observe/pool.ts';
import { decide, noMemory } from '../policy/decide.ts';
import { observe, spec } from '../policy/fixture.ts';
import { type Account, conditionsFor } from './conditions.ts';
import { statusFor } from './status.ts';

const pool = {
  metadata: { name: 'workers', generation: 4 },
  spec: { targetRef: { name: 'workers' }, paused: false, dryRun: false },
} as OcrWorkerPool;
const { decision } = decide({ ...spec, bounds: { min: 1, max: 9 } }, observe(), noMemory);
const census = { wanted: 1, ready: 1, starting: 0, draining: 0, withdrawn: 0, busy: 0, idle: 1 };
const account: Account = {
  pool,
  decision,
  census,
  rivals: [],
  scaledByHand: false,
  waitsFor: undefined,
};

function told(changes: Partial<Account>): Record<string, string> {
  const conditions = conditionsFor({ ...account, ...changes }, undefined, 'now');
  return Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

const well = {
  Ready: 'True EnoughWorkers',
  Active: 'True Scales',
  Paused: 'False NotAsked',
  Conflicted: 'False Alone',
  SignalLost: 'False AllRead',
};

test('each condition says what is so, and why in a word', () => {
  assert.deepEqual(told({}), well);
  assert.deepEqual(told({ census: { ...census, ready: 0 } }), {
    ...well,
    Ready: 'False TooFewWorkers',
  });
  assert.deepEqual(told({ census: undefined }), { ...well, Ready: 'Unknown NotSeen' });
  assert.deepEqual(told({ scaledByHand: true }), { ...well, Conflicted: 'True ScaledByHand' });
  assert.deepEqual(told({ rivals: ['ScaledObject theirs'] }), {
    ...well,
    Active: 'False Conflicted',
    Conflicted: 'True AnotherScaler',
  });
  assert.deepEqual(told({ pool: { ...pool, spec: { ...pool.spec, paused: true } } }), {
    ...well,
    Active: 'False Paused',
    Paused: 'True Asked',
  });
  assert.deepEqual(told({ decision: { ...decision, missing: ['broker: broker.unavailable'] } }), {
    ...well,
    SignalLost: 'True Missing',
  });
});

test('a condition keeps the time of its last change until it changes again', () => {
  const more = { waiting: 0, scaled: false };
  const first = statusFor({ ...account, ...more, before: undefined }, 'first');
  const second = statusFor({ ...account, ...more, scaledByHand: true, before: first }, 'second');
  const times = second.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
  assert.deepEqual(Object.fromEntries(times), {
    Ready: 'first',
    Active: 'first',
    Paused: 'first',
    Conflicted: 'second',
    SignalLost: 'first',
  });
});
