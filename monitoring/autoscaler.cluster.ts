// What the dashboard of the autoscaler and its alerts look at, on a real Kubernetes: `make test-cluster`.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { happened } from '../services/testing/happened.ts';
import { ofDashboards, ofRules, selectorsOf } from './testing/expressions.ts';
import { expectFiring, hurriedRules } from './testing/hurried.ts';
import { type Scaled, startScaled } from './testing/scaled.ts';

const ofController = 'cricksy_ocr_autoscaler_';
const all = [...ofDashboards(), ...ofRules(hurriedRules)].filter(({ expr }) =>
  expr.includes(ofController),
);

describe('a controller that scales', () => {
  let scaled: Scaled;
  before(async () => {
    scaled = await startScaled(hurriedRules, { minReplicas: 1, maxReplicas: 4 });
    await scaled.stage.upload(30);
    await happened(async () => ((await scaled.stage.deployment()).spec.replicas ?? 0) > 1);
  });
  after(() => scaled.drop());

  test('all that rules and panels look at is there', async () => {
    const selectors = new Set(all.flatMap(({ expr }) => selectorsOf(expr)));
    const ours = [...selectors].filter((one) => one.startsWith(ofController));
    assert.ok(ours.length > 10);
    for (const one of ours) {
      await happened(
        async () => (await scaled.prometheus.query(one)).length > 0,
        () => `nothing is called ${one}`,
      );
    }
  });

  test('each panel has something to draw', async () => {
    for (const { in: place, expr } of all) {
      if (place.startsWith('Cricksy')) continue;
      await happened(
        async () => {
          const found = await scaled.prometheus.query(expr);
          return found.some(({ value }) => Number.isFinite(Number(value?.[1])));
        },
        () => `nothing to draw in ${place}: ${expr}`,
      );
    }
  });

  test('and nothing fires', () => expectFiring(scaled.prometheus));
});
