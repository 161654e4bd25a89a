import assert from 'node:assert/strict';
import { test } from 'node:test';
import { env, find, type Manifest, podOf, refusal, render } from './helm.ts';

const name = (part: string) => `ocr-cricksy-ocr-${part}`;
const dev = (...set: string[]) => render(['values-dev.yaml'], ...set);
const kinds = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((one) => one.kind === kind).map((one) => one.metadata.name);
const container = (manifests: readonly Manifest[], kind: string, part: string) =>
  podOf(find(manifests, kind, name(part))).containers[0];

test("a worker's memory limit is its engines, their parent and a margin", () => {
  const set = ['slots=3', 'engineMiB=700', 'parentMiB=200', 'marginMiB=50'];
  const rendered = dev(...set.map((one) => `worker.pools.default.${one}`));
  const worker = container(rendered, 'Deployment', 'worker-default');
  assert.equal(worker.resources.limits.memory, '2350Mi');
  assert.equal(env(worker)['CRICKSY_MAX_ENGINE_BYTES'], String(700 * 1024 * 1024));
  assert.equal(env(worker)['CRICKSY_WORKER_SLOTS'], '3');
});

test('a worker may finish what it reads: its grace follows the time limit', () => {
  const rendered = dev('worker.pools.default.timeLimit=600');
  const pod = podOf(find(rendered, 'Deployment', name('worker-default')));
  assert.equal(pod.terminationGracePeriodSeconds, 630);
  assert.equal(env(pod.containers[0])['CRICKSY_SHUTDOWN_GRACE'], '600');
  assert.equal(env(pod.containers[0])['CRICKSY_TIME_LIMIT'], '600');
});

test('each pool is a Deployment with what differs; the default pool comes first', () => {
  const rendered = dev('worker.pools.bulk.slots=4', 'worker.pools.bulk.priorityClassName=low');
  assert.deepEqual(
    kinds(rendered, 'Deployment').filter((one) => one.includes('worker')),
    [name('worker-bulk'), name('worker-default')],
  );
  assert.equal(podOf(find(rendered, 'Deployment', name('worker-bulk'))).priorityClassName, 'low');
  assert.equal(
    env(container(rendered, 'Deployment', 'worker-default'))['CRICKSY_WORKER_SLOTS'],
    '1',
  );
  const told = find(rendered, 'ConfigMap', name('gateway'))['data'];
  assert.equal(told.CRICKSY_POOLS, 'default,bulk');
});

test('a number is written where nobody scales, and left alone where somebody does', () => {
  const deployment = (...set: string[]) =>
    find(dev(...set), 'Deployment', name('worker-default'))['spec'];
  const none = 'autoscaling.mode=none';
  assert.equal(deployment('worker.pools.default.replicas=3', none).replicas, 3);
  for (const mode of ['builtin', 'keda', 'hpa']) {
    const spec = deployment('worker.pools.default.replicas=3', `autoscaling.mode=${mode}`);
    assert.equal('replicas' in spec, false, mode);
  }
  const gateway = find(dev('gateway.autoscaling.enabled=true'), 'Deployment', name('gateway'));
  assert.equal('replicas' in gateway['spec'], false);
});

test('HPA, PDB, Ingress and HTTPRoute come with their switches', () => {
  const bare = dev();
  for (const kind of ['HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Ingress', 'HTTPRoute']) {
    assert.deepEqual(kinds(bare, kind), []);
  }
  const full = dev(
    'gateway.autoscaling.enabled=true',
    'gateway.pdb.enabled=true',
    'worker.defaults.pdb.enabled=true',
    'gateway.ingress.enabled=true,gateway.ingress.host=a.example,gateway.ingress.tlsSecret=tls',
    'gateway.httpRoute.enabled=true,gateway.httpRoute.parentRefs[0].name=public',
  );
  assert.equal(find(full, 'HorizontalPodAutoscaler', name('gateway'))['spec'].maxReplicas, 6);
  assert.deepEqual(kinds(full, 'PodDisruptionBudget'), [name('gateway'), name('worker-default')]);
  const { rules, tls } = find(full, 'Ingress', name('gateway'))['spec'];
  assert.equal(rules[0].host, 'a.example');
  assert.equal(tls[0].secretName, 'tls');
  const route = find(full, 'HTTPRoute', name('gateway'))['spec'];
  assert.equal(route.parentRefs[0].name, 'public');
});

test('migrations are a Job by revision; before an upgrade too where the database is external', () => {
  assert.deepEqual(kinds(dev(), 'Job'), [name('bucket-1'), name('migrate-1'), name('crd')]);
  const jobs = kinds(render(['values-production.yaml']), 'Job');
  assert.ok(jobs.includes(name('migrate-before')));
  const without = render(['values-production.yaml'], 'migrations.preUpgradeHook=false');
  assert.equal(kinds(without, 'Job').includes(name('migrate-before')), false);
});

test('an existing secret is used and none of ours is made', () => {
  const rendered = render(['values-production.yaml'], 'objects.existingSecret.name=keys');
  assert.deepEqual(kinds(rendered, 'Secret'), []);
  const from = Object.fromEntries(
    container(rendered, 'Deployment', 'gateway')
      .env.filter((one: { valueFrom?: unknown }) => one.valueFrom)
      .map((one: { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } }) => [
        one.name,
        `${one.valueFrom.secretKeyRef.name}/${one.valueFrom.secretKeyRef.key}`,
      ]),
  );
  assert.deepEqual(from, {
    CRICKSY_DATABASE_PASSWORD: 'cricksy-ocr-database/password',
    CRICKSY_BROKER_PASSWORD: 'cricksy-ocr-broker/password',
    CRICKSY_S3_ACCESS_KEY: 'keys/access-key',
    CRICKSY_S3_SECRET_KEY: 'keys/secret-key',
    CRICKSY_SIGNING_SECRET: 'cricksy-ocr-signing/secret',
    CRICKSY_API_TOKEN: 'cricksy-ocr-token/token',
  });
});

test('a whole URL of the database may come from its secret', () => {
  const rendered = render(['values-production.yaml'], 'database.existingSecret.urlKey=uri');
  const variables = container(rendered, 'Deployment', 'gateway').env;
  const url = variables.find((one: { name: string }) => one.name === 'DATABASE_URL');
  assert.equal(url.valueFrom.secretKeyRef.key, 'uri');
});

test('without static keys the credentials are those of the service account', () => {
  const rendered = render(['values-production.yaml']);
  const variables = env(container(rendered, 'Deployment', 'worker-default'));
  assert.equal('CRICKSY_S3_ACCESS_KEY' in variables, false);
});

test('a mirror serves every image, a digest wins over the tag', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const rendered = dev('global.imageRegistry=mirror.example', `image.digests.worker=${digest}`);
  const images = rendered.flatMap((one) => podOf(one)?.containers ?? []).map((one) => one.image);
  assert.ok(images.length > 5);
  for (const image of images) assert.match(image, /^mirror\.example\//);
  const worker = container(rendered, 'Deployment', 'worker-default');
  assert.equal(worker.image, `mirror.example/cricksy-ocr-worker@${digest}`);
});

test('nothing is reached by default, and each part reaches what the flow draws', () => {
  const rendered = dev();
  const deny = find(rendered, 'NetworkPolicy', name('default'))['spec'];
  assert.deepEqual(deny.policyTypes, ['Ingress', 'Egress']);
  assert.equal('ingress' in deny, false);
  const mayReach = (part: string): string[] =>
    (find(rendered, 'NetworkPolicy', name(part))['spec'].egress ?? []).map(
      // biome-ignore lint/suspicious/noExplicitAny: read as it was rendered
      (rule: any) => rule.to[0].podSelector.matchLabels['app.kubernetes.io/component'],
    );
  assert.deepEqual(mayReach('gateway'), ['postgresql', 'rabbitmq', 'objects']);
  assert.deepEqual(mayReach('worker'), ['postgresql', 'rabbitmq', 'objects']);
  assert.deepEqual(mayReach('migrations'), ['postgresql']);
  assert.deepEqual(mayReach('setup'), ['objects']);
  assert.deepEqual(mayReach('postgresql'), []);
  assert.deepEqual(kinds(dev('networkPolicy.enabled=false'), 'NetworkPolicy'), []);
});

test('the worker is ready by its own word, on the port that no service shows', () => {
  const rendered = dev();
  const worker = container(rendered, 'Deployment', 'worker-default');
  assert.deepEqual(worker.readinessProbe.httpGet, { path: '/readyz', port: 'internal' });
  const ports = find(rendered, 'Service', name('gateway'))['spec'].ports;
  assert.deepEqual(
    ports.map((port: { targetPort: string }) => port.targetPort),
    ['http'],
  );
});

test('further objects and labels of the user are rendered', () => {
  const rendered = dev(
    'commonLabels.team=scores',
    'extraObjects[0].apiVersion=v1,extraObjects[0].kind=ConfigMap',
    'extraObjects[0].metadata.name=mine-{{ .Release.Name }}',
    'extraObjects[0].metadata.labels.app\\.kubernetes\\.io/instance=ocr',
  );
  assert.ok(find(rendered, 'ConfigMap', 'mine-ocr'));
  assert.equal(find(rendered, 'Service', name('gateway')).metadata.labels?.['team'], 'scores');
});

test('a backup is a dump of the database that goes to the store', () => {
  assert.deepEqual(kinds(dev(), 'CronJob'), []);
  const pod = podOf(find(dev('backup.enabled=true'), 'CronJob', name('backup')));
  assert.equal(pod.initContainers[0].image, 'postgres:17');
  assert.match(pod.initContainers[0].command.join(' '), /pg_dump --format=custom/);
  assert.match(pod.containers[0].command.join(' '), /store-backup/);
});

test('a restore is rendered only for who asks, with the newest backup, whole or not at all', () => {
  assert.equal(kinds(dev('backup.enabled=true'), 'Job').includes(name('restore')), false);
  const pod = podOf(find(dev('backup.restore=true'), 'Job', name('restore')));
  assert.match(pod.initContainers[0].command.join(' '), /fetch-backup/);
  assert.match(pod.containers[0].command.join(' '), /pg_restore .*--single-transaction/);
});

test('helm test uploads a picture through the Service, and is let through', () => {
  const rendered = dev('auth.token=long-enough');
  const pod = find(rendered, 'Pod', name('test-upload'));
  assert.equal(pod.metadata.annotations?.['helm.sh/hook'], 'test');
  assert.match(podOf(pod).containers[0].args[0], /scan \/sample\/sample\.jpg/);
  assert.equal(env(podOf(pod).containers[0])['CRICKSY_URL'], `http://${name('gateway')}:8080`);
  const policy = find(rendered, 'NetworkPolicy', name('test'))['spec'];
  const { matchLabels } = policy.egress[0].to[0].podSelector;
  assert.equal(matchLabels['app.kubernetes.io/component'], 'gateway');
  // With objects.public=direct it sends its bytes to the store.
  const { from } = find(rendered, 'NetworkPolicy', name('objects'))['spec'].ingress[0];
  const components = from.map(
    // biome-ignore lint/suspicious/noExplicitAny: read as it was rendered
    (peer: any) => peer.podSelector.matchLabels['app.kubernetes.io/component'],
  );
  assert.ok(components.includes('test'));
});

test('the API can be at a port of every node, the one that kind.yaml maps', () => {
  const rendered = dev('gateway.service.type=NodePort,gateway.service.nodePort=30080');
  const { type, ports } = find(rendered, 'Service', name('gateway'))['spec'];
  assert.deepEqual([type, ports[0].nodePort], ['NodePort', 30080]);
  assert.equal('nodePort' in find(dev(), 'Service', name('gateway'))['spec'].ports[0], false);
});

test('a part for development refuses credentials that it cannot be given', () => {
  for (const set of [
    'database.passwordFile=/run/password',
    'broker.passwordFile=/run/password',
    'objects.files.accessKey=/run/a,objects.files.secretKey=/run/b',
    'database.existingSecret.name=ledger,database.existingSecret.urlKey=uri',
    'broker.existingSecret.name=broker,broker.existingSecret.userKey=username',
  ]) {
    assert.match(refusal(['values-dev.yaml'], set) ?? '', /for development/, set);
  }
});

test("a database's own authority is trusted by everybody who connects to it", () => {
  const set = ['database.caSecret.name=ledger-ca', 'backup.enabled=true', 'backup.restore=true'];
  const rendered = render(['values-production.yaml'], ...set);
  let seen = 0;
  for (const manifest of rendered) {
    const pod = podOf(manifest);
    for (const one of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]) {
      const url = env(one)['DATABASE_URL'];
      if (!url) continue;
      seen += 1;
      assert.match(url, /sslmode=verify-full&sslrootcert=\/etc\/cricksy-ocr\/database\/ca\.crt$/);
      const mounts = one.volumeMounts.map((mount: { mountPath: string }) => mount.mountPath);
      assert.ok(mounts.includes('/etc/cricksy-ocr/database'), manifest.metadata.name);
      const volumes = pod.volumes.map((volume: { name: string }) => volume.name);
      assert.ok(volumes.includes('database-ca'), manifest.metadata.name);
    }
  }
  assert.equal(seen, 8);
});

test("a broker's own authority is trusted, over TLS alone", () => {
  const rendered = render(['values-production.yaml'], 'broker.caSecret.name=rabbit-ca');
  const gateway = container(rendered, 'Deployment', 'gateway');
  assert.equal(env(gateway)['CRICKSY_BROKER_TLS'], 'true');
  assert.equal(env(gateway)['CRICKSY_BROKER_PORT'], '5671');
  const ca = gateway.env.find((one: { name: string }) => one.name === 'CRICKSY_BROKER_CA');
  assert.deepEqual(ca.valueFrom.secretKeyRef, { name: 'rabbit-ca', key: 'ca.crt' });
});
