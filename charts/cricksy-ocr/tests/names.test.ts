// Names and labels, whatever the user calls things.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { find, type Manifest, podOf, refusal, render } from './helm.ts';

const labelsOf = (manifest: Manifest) => [
  manifest.metadata.labels ?? {},
  manifest['spec']?.template?.metadata?.labels ?? {},
  manifest['spec']?.jobTemplate?.spec?.template.metadata.labels ?? {},
  manifest['spec']?.selector?.matchLabels ?? {},
];

for (const mode of ['none', 'builtin', 'keda', 'hpa']) {
  test(`mode ${mode}: names that YAML takes for something else stay text`, () => {
    const rendered = render(
      ['values-dev.yaml'],
      `autoscaling.mode=${mode}`,
      'monitoring.podMonitor.enabled=true',
      'fullnameOverride=on,nameOverride=yes',
      'worker.pools.true.slots=1,worker.pools.null.slots=1,worker.pools.on.slots=1',
    );
    for (const manifest of rendered) {
      assert.equal(typeof manifest.metadata.name, 'string', manifest.kind);
      for (const [label, value] of labelsOf(manifest).flatMap(Object.entries)) {
        assert.equal(typeof value, 'string', `${manifest.kind} ${manifest.metadata.name} ${label}`);
      }
    }
    const pools = rendered
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => metadata.labels?.['cricksy.org/pool'])
      .filter((pool) => pool !== undefined);
    assert.deepEqual(new Set(pools), new Set(['default', 'null', 'on', 'true']));
  });
}

describe('a name that no Service may have is refused', () => {
  for (const name of ['Upper', '1st', 'a.b', 'a_b', '-a']) {
    test(name, () => {
      assert.match(refusal(['values-dev.yaml'], `fullnameOverride=${name}`) ?? '', /Service/);
    });
  }
});

describe('labels of the chart are nobody else’s', () => {
  for (const label of [
    'app\\.kubernetes\\.io/name',
    'app\\.kubernetes\\.io/instance',
    'app\\.kubernetes\\.io/component',
    'app\\.kubernetes\\.io/version',
    'app\\.kubernetes\\.io/managed-by',
    'helm\\.sh/chart',
    'cricksy\\.org/pool',
  ]) {
    test(label, () => {
      const said = refusal(['values-dev.yaml'], `commonLabels.${label}=mine`);
      assert.match(said ?? '', /don't meet the specifications of the schema/);
    });
  }
});

test('common labels are on every resource and pod', () => {
  const rendered = render(
    ['values-dev.yaml'],
    'backup.enabled=true,commonLabels.team=ocr,commonLabels.app\\.kubernetes\\.io/part-of=shop',
  );
  for (const manifest of rendered) {
    const pod = podOf(manifest)?.containers
      ? [(manifest['spec'].jobTemplate?.spec ?? manifest['spec']).template?.metadata]
      : [];
    for (const metadata of [manifest.metadata, ...pod.filter(Boolean)]) {
      const message = `${manifest.kind} ${manifest.metadata.name}`;
      assert.equal(metadata.labels?.['team'], 'ocr', message);
      assert.equal(metadata.labels?.['app.kubernetes.io/part-of'], 'shop', message);
    }
  }
});

test('an Ingress may be for all hosts of a domain', () => {
  const rendered = render(
    ['values-dev.yaml'],
    'gateway.ingress.enabled=true,gateway.ingress.host=*.example.org,gateway.ingress.tlsSecret=tls',
  );
  const { rules, tls } = find(rendered, 'Ingress', 'ocr-cricksy-ocr-gateway')['spec'];
  assert.equal(rules[0].host, '*.example.org');
  assert.deepEqual(tls, [{ hosts: ['*.example.org'], secretName: 'tls' }]);
});
