import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { dashboards, generated, root } from './generated.ts';
import { type Alert, readLimits, readRules } from './rules.ts';
import { ofDashboards, ofRules } from './testing/expressions.ts';

const rules = readRules().flatMap((group) => group.rules);
const alerts = rules.filter((rule): rule is Alert => 'alert' in rule);

describe('what lies in the repository is what the code makes: make monitoring', () => {
  for (const [name, text] of Object.entries(generated())) {
    test(name, () => assert.equal(readFileSync(path.join(root, name), 'utf8'), text));
  }
});

describe('dashboards', () => {
  for (const [name, builder] of Object.entries(dashboards)) {
    test(`${name}: each panel says what to read from it and asks the chosen data source`, () => {
      const { panels = [], templating } = builder.build();
      const drawn = panels.filter((panel) => panel.type !== 'row');
      assert.ok(drawn.length > 5);
      for (const panel of drawn) {
        assert.ok('description' in panel && panel.description, panel.title);
        assert.ok('datasource' in panel, panel.title);
        assert.deepEqual(panel.datasource, { type: 'prometheus', uid: '$datasource' });
      }
      const variables = templating?.list?.map((variable) => variable.name);
      assert.deepEqual(variables, ['datasource', 'namespace', 'release', 'pool']);
    });
  }
});

describe('alerts', () => {
  for (const { alert, annotations } of alerts) {
    test(`${alert} has its file, its runbook and its cases`, () => {
      assert.ok(existsSync(path.join(root, `charts/cricksy-ocr/alerts/${alert}.yaml`)));
      assert.ok(annotations['summary'] && annotations['description']);
      const runbook = readFileSync(path.join(root, annotations['runbook_url'] ?? ''), 'utf8');
      const headings = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(headings, [alert, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
      const cases = readFileSync(path.join(root, `monitoring/cases/${alert}.yaml`), 'utf8');
      assert.match(cases, /exp_labels/, 'it fires');
      assert.match(cases, /exp_alerts: \[\]/, 'it does not fire');
    });
  }
});

test('no limit hides another: none begins with the name of another', () => {
  const names = [...Object.keys(readLimits()), 'scope'];
  for (const name of names) {
    for (const other of names) assert.ok(name === other || !name.startsWith(other), name);
  }
});

test('nothing is left to be filled', () => {
  for (const { expr } of rules) assert.doesNotMatch(expr, /\$/);
});

test('a test may shorten every duration', () => {
  const fast = readRules({ shortenBy: 60 }).flatMap((group) => group.rules);
  const found = fast.find((rule) => 'alert' in rule && rule.alert === 'CricksyNothingFinishes');
  assert.ok(found && 'for' in found);
  assert.equal(found.for, '10s');
  assert.match(found.expr, /\[10s\]/);
});

test('what is asked for is a metric that docs/metrics.md describes', () => {
  const described = readFileSync(path.join(root, 'docs/metrics.md'), 'utf8');
  for (const { in: place, expr } of [...ofDashboards(), ...ofRules(readRules())]) {
    for (const [name] of expr.matchAll(/cricksy_ocr_\w+/g)) {
      const metric = name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(described.includes(`| \`${metric}\` |`), `${place}: ${metric}`);
    }
  }
});
