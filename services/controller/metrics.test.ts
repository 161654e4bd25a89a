import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '#core/metrics.ts';
import { controllerMetrics } from './metrics.ts';
import { decide, noMemory } from './policy/decide.ts';
import { observe, spec } from './policy/fixture.ts';

function open() {
  const registry = createMetrics({ service: 'controller', version: '0' });
  const metrics = controllerMetrics(registry);
  const { decision } = decide(spec, observe(), noMemory);
  const decided = { decision, census: undefined, shadowWorkers: 1, seconds: 0.01 };
  /** Pools of which the number of wanted workers is told. */
  const told = async () => {
    const lines = (await registry.metrics()).split('\n');
    return lines.flatMap(
      (line) =>
        /^cricksy_ocr_autoscaler_(?:wanted|terminated)\w*\{.*pool="(\w+)"/.exec(line)?.[1] ?? [],
    );
  };
  return { metrics, decided, told };
}

test('a look that ends after the lead tells nothing', async () => {
  const { metrics, decided, told } = open();
  metrics.leads(true);
  metrics.decided('one', decided);
  metrics.terminated('one', 2);
  assert.deepEqual(await told(), ['one', 'one']);
  metrics.leads(false);
  metrics.decided('one', decided);
  metrics.terminated('one', 2);
  assert.deepEqual(await told(), []);
});

test('nothing is told of a pool that is gone', async () => {
  const { metrics, decided, told } = open();
  metrics.leads(true);
  for (const pool of ['one', 'other']) metrics.decided(pool, decided);
  metrics.terminated('one', 0);
  metrics.pools(['other']);
  assert.deepEqual(await told(), ['other']);
});
