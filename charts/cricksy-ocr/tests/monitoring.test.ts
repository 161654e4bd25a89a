import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { chart, find, type Manifest, podOf, render } from './helm.ts';

const name = 'ocr-cricksy-ocr';
const on = ['podMonitor', 'rules', 'dashboards'].map((one) => `monitoring.${one}.enabled=true`);
const dev = (...set: string[]) => render(['values-dev.yaml'], ...set);
const ofKind = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((one) => one.kind === kind);
const filesOf = (folder: string) =>
  readdirSync(path.join(chart, folder)).map((file) => path.parse(file).name);
const alertsOf = (manifests: readonly Manifest[]) =>
  find(manifests, 'PrometheusRule', name)['spec'].groups.at(-1).rules;

test('nothing is monitored unless somebody asks for it', () => {
  const bare = dev();
  assert.deepEqual([...ofKind(bare, 'PodMonitor'), ...ofKind(bare, 'PrometheusRule')], []);
  const dashboards = ofKind(bare, 'ConfigMap').filter((one) => one.metadata.name.includes('dash'));
  assert.deepEqual(dashboards, []);
});

test('the PodMonitor means gateways, workers and controllers, by labels and port that their pods have', () => {
  const rendered = dev(...on, 'autoscaling.mode=builtin', 'monitoring.podMonitor.labels.team=a');
  const monitor = find(rendered, 'PodMonitor', name);
  assert.equal(monitor.metadata.labels?.['team'], 'a');
  const { selector, podMetricsEndpoints } = monitor['spec'];
  const [{ values: components }] = selector.matchExpressions;
  const seen = ofKind(rendered, 'Deployment').map((deployment) => {
    const { labels } = deployment['spec'].template.metadata;
    for (const [key, value] of Object.entries(selector.matchLabels)) {
      assert.equal(labels[key], value, deployment.metadata.name);
    }
    const ports = podOf(deployment).containers[0].ports.map((port: { name: string }) => port.name);
    assert.ok(ports.includes(podMetricsEndpoints[0].port), deployment.metadata.name);
    return labels['app.kubernetes.io/component'];
  });
  assert.deepEqual(new Set(seen), new Set(components));
});

test('rules are of this release alone, and nothing in them is left to be filled', () => {
  const { groups } = find(dev(...on), 'PrometheusRule', name)['spec'];
  for (const rule of groups.flatMap((group: { rules: unknown[] }) => group.rules)) {
    assert.match(rule.expr, /namespace="default",release="ocr"/);
    assert.doesNotMatch(rule.expr, /\$/);
  }
});

test('every alert is rendered, those of backups where there are backups', () => {
  const names = (...set: string[]) =>
    alertsOf(dev(...on, ...set)).map((one: Manifest) => one['alert']);
  assert.deepEqual(names('backup.enabled=true'), filesOf('alerts'));
  assert.deepEqual(
    names(),
    filesOf('alerts').filter((one) => !one.includes('Backup')),
  );
  const without = names('monitoring.rules.disabled[0]=CricksyBrokerAway');
  assert.equal(without.includes('CricksyBrokerAway'), false);
});

test('alerts take limits, labels and the place of runbooks from the values', () => {
  const [alert] = alertsOf(
    dev(
      ...on,
      'monitoring.rules.limits.waitSeconds=7',
      'monitoring.rules.alertLabels.team=scores',
      'monitoring.rules.runbooks=https://docs.example.org/',
    ),
  ).filter((one: Manifest) => one['alert'] === 'CricksyUploadsWaitTooLong');
  assert.match(alert.expr, /> 7$/);
  assert.deepEqual(alert.labels, { severity: 'critical', team: 'scores' });
  assert.match(alert.annotations.summary, /\{\{ \$labels\.pool \}\}/);
  assert.equal(
    alert.annotations.runbook_url,
    'https://docs.example.org/CricksyUploadsWaitTooLong.md',
  );
});

test("each dashboard is a ConfigMap with the sidecar's labels, whole", () => {
  const rendered = dev(...on, 'monitoring.dashboards.annotations.grafana_folder=Scores');
  for (const one of filesOf('dashboards')) {
    const { metadata, data } = find(rendered, 'ConfigMap', `${name}-dashboard-${one}`);
    assert.equal(metadata.labels?.['grafana_dashboard'], '1');
    assert.equal(metadata.annotations?.['grafana_folder'], 'Scores');
    assert.equal(JSON.parse(data[`cricksy-ocr-${one}.json`]).uid, `cricksy-ocr-${one}`);
  }
});
