// Parts that real processes lose make the alerts fire that name them, and no others.
import { after, before, describe, test } from 'node:test';
import { send, until } from '../services/testing/client.ts';
import { fixture } from '../services/testing/fixtures.ts';
import { expectFiring, hurriedRules } from './testing/hurried.ts';
import { type Stack, startStack } from './testing/stack.ts';

describe('under Prometheus', () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack(hurriedRules);
  });
  after(() => stack.drop());
  const firing = (...names: string[]) => expectFiring(stack.prometheus, ...names);

  test('what works fires nothing', async () => {
    for (const { url } of stack.gateways) {
      const id = await send(url, { bytes: fixture('receipt.jpg') });
      await until(url, id, 'parsed');
    }
    await firing();
  });

  test('a broker that is away', async () => {
    await stack.broker.stop();
    await firing('CricksyBrokerAway');
    await stack.broker.start();
    await firing();
  });

  test('a store that is away', async () => {
    await stack.store.stop();
    await firing('CricksyStoreAway');
    await stack.store.start();
    await firing();
  });

  test('a ledger that is away', async () => {
    stack.ledger.set('refuse');
    await firing('CricksyLedgerAway');
    stack.ledger.set('forward');
    await firing();
  });
});
