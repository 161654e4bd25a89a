// Every expression of the generated files on a real Prometheus that scrapes real processes under load.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakEngines } from '../services/testing/break-engines.ts';
import { send, until } from '../services/testing/client.ts';
import { fixture, truncated } from '../services/testing/fixtures.ts';
import { ofDashboards, ofRules, selectorsOf } from './testing/expressions.ts';
import { hurriedRules } from './testing/hurried.ts';
import { type Stack, startStack } from './testing/stack.ts';

const receipt = { bytes: fixture('receipt.jpg') };
const all = [...ofDashboards(), ...ofRules(hurriedRules)];
const alerts = new Set(ofRules(hurriedRules.slice(-1)).map((one) => one.in));
/** Needs a Kubernetes. */
const ofController = 'cricksy_ocr_autoscaler_';

describe('while uploads come', () => {
  let stack: Stack;
  let coming = true;
  let load: Promise<void>;
  before(async () => {
    stack = await startStack(hurriedRules);
    const api = stack.gateways[0]?.url ?? '';
    const breaking = stack.workers.map((worker) => breakEngines(stack.system, worker));
    await until(api, await send(api, receipt), 'failed');
    for (const one of breaking) await one.stop();
    await until(api, await send(api, { bytes: truncated(fixture('receipt.jpg')) }), 'failed');
    const pdf = { bytes: fixture('scorecard.pdf'), contentType: 'application/pdf' };
    await until(api, await send(api, { ...pdf, filename: 'card.pdf' }), 'parsed');
    load = (async () => {
      while (coming) await until(api, await send(api, receipt), 'parsed');
    })();
    // A rate needs two samples, what is asked of a recording rule has to be recorded.
    await sleep(15_000);
  });
  after(async () => {
    coming = false;
    await load;
    await stack.drop();
  });

  test('all that rules and panels look at is there', async () => {
    const selectors = new Set(all.flatMap(({ expr }) => selectorsOf(expr)));
    assert.ok(selectors.size > 40);
    const missing: string[] = [];
    for (const one of selectors) {
      if (one.startsWith(ofController)) continue;
      if ((await stack.prometheus.query(one)).length === 0) missing.push(one);
    }
    assert.deepEqual(missing, []);
  });

  test('each panel has something to draw, each recording rule something to record', async () => {
    const empty: string[] = [];
    for (const { in: place, expr } of all) {
      const found = await stack.prometheus.query(expr);
      if (alerts.has(place) || expr.includes(ofController)) continue;
      if (!found.some(({ value }) => Number.isFinite(Number(value?.[1])))) empty.push(place);
    }
    assert.deepEqual(empty, []);
  });

  test('what is not there is noticed', async () => {
    assert.deepEqual(selectorsOf('max by (a) (up{b="c"}) / cricksy_ocr:x:y{} > 1'), [
      'up{b="c"}',
      'cricksy_ocr:x:y{}',
    ]);
    const wrong = 'cricksy_ocr_depth_tasks{part="nowhere"}';
    assert.deepEqual(await stack.prometheus.query(wrong), []);
    await assert.rejects(stack.prometheus.query('sum by (cricksy'), /parse error/);
  });
});
