// Processes that die, and files that kill them, make the alerts fire that should, and no others.
import { after, before, describe, test } from 'node:test';
import { breakEngines } from '../services/testing/break-engines.ts';
import { send, until } from '../services/testing/client.ts';
import { fixture } from '../services/testing/fixtures.ts';
import { expectFiring, hurriedRules } from './testing/hurried.ts';
import { type Stack, startStack } from './testing/stack.ts';

const receipt = { bytes: fixture('receipt.jpg') };

describe('under Prometheus', () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack(hurriedRules);
  });
  after(() => stack.drop());
  const firing = (...names: string[]) => expectFiring(stack.prometheus, ...names);
  const api = () => stack.gateways[0]?.url ?? '';

  test('workers that were killed, and work that waits', async () => {
    await Promise.all(stack.workers.map((one) => one.kill('SIGKILL')));
    const id = await send(api(), receipt);
    await firing('CricksyTargetMissing', 'CricksyOldestTaskTooOld', 'CricksyNothingFinishes');
    await stack.revive();
    await until(api(), id, 'parsed');
    await firing();
  });

  test('gateways that were killed', async () => {
    await Promise.all(stack.gateways.map((one) => one.kill('SIGKILL')));
    await firing('CricksyTargetMissing', 'CricksyNoGateway');
    await stack.revive();
    await firing();
  });

  test('files that kill every engine', async () => {
    const breaking = stack.workers.map((worker) => breakEngines(stack.system, worker));
    for (let n = 0; n < 2; n++) await until(api(), await send(api(), receipt), 'failed');
    for (const one of breaking) await one.stop();
    await firing('CricksyUploadsPoisoned', 'CricksyUploadsFail');
  });
});
