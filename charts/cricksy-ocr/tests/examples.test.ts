// What examples/ promises: every secret that a pod asks for is one that the example brings.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type Container, env, find, type Manifest, podOf, render } from './helm.ts';

const example = (name: string) => render(['values-production.yaml', `examples/${name}.yaml`]);
const pods = (manifests: readonly Manifest[]) =>
  manifests.flatMap((manifest) => {
    const spec = podOf(manifest);
    return spec?.containers ? [{ manifest, spec, template: templateOf(manifest) }] : [];
  });
const containers = (manifests: readonly Manifest[]): Container[] =>
  pods(manifests).flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers]);
const files = (container: Container) =>
  Object.entries(env(container)).flatMap(([name, value]) =>
    name.endsWith('_FILE') && name !== 'CRICKSY_BACKUP_FILE' ? [String(value)] : [],
  );
const secretsOf = (container: Container): string[] =>
  (container['env'] ?? []).flatMap((one) => {
    const { valueFrom } = one as { valueFrom?: { secretKeyRef?: { name: string; key: string } } };
    const ref = valueFrom?.secretKeyRef;
    return ref ? [`${ref.name}/${ref.key}`] : [];
  });

function templateOf(manifest: Manifest): Manifest {
  if (manifest.kind === 'Pod') return manifest;
  const { jobTemplate, template } = manifest['spec'];
  return template ?? jobTemplate.spec.template;
}

test('External Secrets: each secret with each key is made from the store', () => {
  const rendered = example('external-secrets');
  const made = rendered
    .filter(({ kind }) => kind === 'ExternalSecret')
    .flatMap(({ spec }) =>
      spec.data.map((one: { secretKey: string }) => `${spec.target.name}/${one.secretKey}`),
    );
  const asked = new Set(containers(rendered).flatMap(secretsOf));
  assert.deepEqual(asked, new Set(made));
  assert.equal(rendered.filter(({ kind }) => kind === 'Secret').length, 0);
});

test('CSI: each file that is read is an object of the volume, and no Secret is', () => {
  const rendered = example('secrets-store-csi');
  const provider = find(rendered, 'SecretProviderClass', 'cricksy-ocr')['spec'];
  const objects = parse(provider.parameters.objects) as { objectName: string }[];
  const known = objects.map(({ objectName }) => `/mnt/secrets/${objectName}`);
  const asked = new Set(containers(rendered).flatMap(files));
  assert.deepEqual(asked, new Set(known));
  for (const container of containers(rendered)) {
    assert.deepEqual(secretsOf(container), []);
    if (files(container).length === 0) continue;
    const mounts = container['volumeMounts'].map((one: { mountPath: string }) => one.mountPath);
    assert.ok(mounts.includes('/mnt/secrets'), container.name);
  }
});

test("Vault: each file that is read is one that the pod's agent writes", () => {
  const rendered = example('vault-agent');
  let seen = 0;
  for (const { manifest, spec, template } of pods(rendered)) {
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
      assert.deepEqual(secretsOf(container), []);
      for (const file of files(container)) {
        const name = path.basename(file);
        const written = template.metadata.annotations ?? {};
        assert.ok(
          written[`vault.hashicorp.com/agent-inject-secret-${name}`],
          `${manifest.metadata.name}: ${name}`,
        );
        assert.match(
          written[`vault.hashicorp.com/agent-inject-template-${name}`] ?? '',
          /^\{\{ with secret /,
        );
        seen += 1;
      }
    }
    // What upgrades the definition of OcrWorkerPool knows no secret.
    if (manifest.metadata.name.endsWith('-crd')) continue;
    const volumes = (spec.volumes ?? []).map((one: { name: string }) => one.name);
    assert.ok(volumes.includes('vault-token'), manifest.metadata.name);
  }
  assert.ok(seen > 15);
});

test('IRSA: the service accounts have roles, no container has keys, STS is let through', () => {
  const rendered = example('irsa');
  for (const part of ['gateway', 'worker']) {
    const account = find(rendered, 'ServiceAccount', `ocr-cricksy-ocr-${part}`);
    const role = account.metadata.annotations?.['eks.amazonaws.com/role-arn'];
    assert.match(role ?? '', new RegExp(`:role/cricksy-ocr-${part}$`));
  }
  for (const container of containers(rendered)) {
    assert.equal('CRICKSY_S3_ACCESS_KEY' in env(container), false);
  }
  const { egress } = find(rendered, 'NetworkPolicy', 'ocr-cricksy-ocr-extra')['spec'];
  assert.equal(egress[0].ports[0].port, 443);
});
