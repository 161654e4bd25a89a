// What holds for every container and every pod, whatever is switched on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Container, type Manifest, podOf, render } from './helm.ts';

const passwords = ['database.password=secret-d', 'broker.password=secret-b'];
const combinations: Readonly<Record<string, Manifest[]>> = {
  dev: render(['values-dev.yaml']),
  production: render(['values-production.yaml']),
  airgapped: render(['values-airgapped.yaml'], ...passwords),
  'dev with everything on': render(
    ['values-dev.yaml'],
    'backup.enabled=true',
    'gateway.autoscaling.enabled=true',
    'gateway.pdb.enabled=true',
    'gateway.ingress.enabled=true',
    'gateway.ingress.host=ocr.example.org',
    'worker.pools.long.slots=4',
    'auth.token=long-enough',
    'autoscaling.mode=builtin',
  ),
  'without RabbitMQ': render(
    ['values-dev.yaml'],
    'rabbitmq.enabled=false',
    'broker.type=postgres',
    'networkPolicy.enabled=false',
    'setup.enabled=false',
  ),
};

for (const [name, manifests] of Object.entries(combinations)) {
  describe(name, () => {
    const pods = manifests.flatMap((manifest) => {
      const spec = podOf(manifest);
      return spec?.containers ? [{ manifest, spec }] : [];
    });
    const containers = pods.flatMap(({ manifest, spec }) =>
      [...(spec.initContainers ?? []), ...spec.containers].map((container: Container) => ({
        manifest,
        container,
      })),
    );
    const serving = containers.filter(({ manifest }) =>
      ['Deployment', 'StatefulSet'].includes(manifest.kind),
    );

    test('pods are restricted and hold no token of the cluster, but for those that talk to it', () => {
      assert.ok(pods.length >= 5);
      for (const { manifest, spec } of pods) {
        const message = `${manifest.kind} ${manifest.metadata.name}`;
        assert.equal(spec.securityContext.runAsNonRoot, true, message);
        assert.ok(spec.securityContext.runAsUser > 0, message);
        assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault', message);
        const component = manifest.metadata.labels?.['app.kubernetes.io/component'] ?? '';
        const talks = ['controller', 'crd'].includes(component);
        assert.equal(spec.automountServiceAccountToken, talks, message);
      }
    });

    test('containers may not gain rights nor write to their root', () => {
      for (const { manifest, container } of containers) {
        const context = container['securityContext'];
        const message = `${manifest.metadata.name}/${container.name}`;
        assert.equal(context.allowPrivilegeEscalation, false, message);
        assert.equal(context.readOnlyRootFilesystem, true, message);
        assert.deepEqual(context.capabilities.drop, ['ALL'], message);
      }
    });

    test('containers say what they need and how much memory they may take', () => {
      for (const { manifest, container } of containers) {
        const message = `${manifest.metadata.name}/${container.name}`;
        assert.ok(container['resources']?.requests?.cpu, message);
        assert.ok(container['resources']?.requests?.memory, message);
        assert.ok(container['resources']?.limits?.memory, message);
      }
    });

    test('what serves has three probes', () => {
      assert.ok(serving.length >= 2);
      for (const { manifest, container } of serving) {
        for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
          assert.ok(container[probe], `${manifest.metadata.name} has no ${probe}`);
        }
      }
    });

    test('images have a version; the store for development of clusters without a registry has none', () => {
      for (const { container } of containers) {
        if (name.includes('airgapped') || name === 'production') {
          assert.doesNotMatch(container.image, /:latest$/);
        }
        assert.match(container.image, /[:@]/);
        if (container.image.endsWith(':latest')) {
          assert.equal(container.image, 'versity/versitygw:latest');
        }
      }
    });

    test('everything carries the labels of its release', () => {
      for (const { kind, metadata } of manifests) {
        assert.equal(
          metadata.labels?.['app.kubernetes.io/instance'],
          'ocr',
          `${kind} ${metadata.name}`,
        );
      }
    });

    test('no two resources share a name', () => {
      const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      assert.deepEqual([...new Set(names)], names);
    });
  });
}
