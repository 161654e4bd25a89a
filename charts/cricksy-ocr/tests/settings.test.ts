// How values become what a container is told: variables, files, the ConfigMaps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { env, find, type Manifest, podOf, render } from './helm.ts';

const name = (part: string) => `ocr-cricksy-ocr-${part}`;
const dev = (...set: string[]) => render(['values-dev.yaml'], ...set);
const production = (...set: string[]) => render(['values-production.yaml'], ...set);
const podNamed = (manifests: readonly Manifest[], kind: string, part: string) =>
  podOf(find(manifests, kind, name(part)));
const annotations = (manifests: readonly Manifest[], part: string) =>
  find(manifests, 'Deployment', name(part))['spec'].template.metadata.annotations;

test('what is no secret comes by ConfigMap; pods start anew when it changes, and only those', () => {
  const [one, other, third] = [
    dev(),
    dev('config.logLevel=debug'),
    dev('gateway.rateLimitInitiate=7'),
  ];
  assert.equal(find(other, 'ConfigMap', name('config'))['data'].LOG_LEVEL, 'debug');
  const told = find(third, 'ConfigMap', name('gateway'))['data'];
  assert.equal(told.CRICKSY_RATE_LIMIT_INITIATE, '7');
  assert.equal(told.CRICKSY_ENABLE_UPLOADS, 'true');
  const sources = podNamed(one, 'Deployment', 'gateway').containers[0].envFrom;
  assert.deepEqual(
    sources.map((source: { configMapRef: { name: string } }) => source.configMapRef.name),
    [name('config'), name('gateway')],
  );
  for (const part of ['gateway', 'worker-default']) {
    assert.notDeepEqual(annotations(one, part), annotations(other, part));
  }
  assert.notDeepEqual(annotations(one, 'gateway'), annotations(third, 'gateway'));
  assert.deepEqual(annotations(one, 'worker-default'), annotations(third, 'worker-default'));
});

test('the URL of the database takes IPv6 and any user and name', () => {
  const rendered = production('database.host=fd00::1,database.user=me@server,database.name=a b');
  const url = env(podNamed(rendered, 'Deployment', 'gateway').containers[0])['DATABASE_URL'] ?? '';
  assert.match(url, /^postgresql:\/\/me%40server@\[fd00::1\]:5432\/a%20b\?sslmode=/);
});

test('past a pooler everybody is told the direct way, may go it, and dumps take it', () => {
  const direct = 'postgresql://cricksy@ledger-rw.databases:5433/cricksy?sslmode=verify-full';
  const rendered = production(`database.directUrl=${direct}`, 'database.port=6432');
  for (const [kind, part] of [
    ['Deployment', 'gateway'],
    ['Deployment', 'worker-default'],
    ['Job', 'migrate-1'],
  ] as const) {
    const told = env(podNamed(rendered, kind, part).containers[0]);
    assert.equal(told['CRICKSY_DATABASE_DIRECT_URL'], direct);
    assert.match(told['DATABASE_URL'] ?? '', /:6432\//);
  }
  const dump = podNamed(rendered, 'CronJob', 'backup').initContainers[0].command.join(' ');
  assert.match(dump, /"\$\{CRICKSY_DATABASE_DIRECT_URL:-\$DATABASE_URL\}"/);
  const { egress } = find(rendered, 'NetworkPolicy', name('worker'))['spec'];
  const ports = egress.map((rule: { ports: { port: number }[] }) => rule.ports[0]?.port);
  assert.deepEqual(ports, [6432, 5433, 5671, 443]);
});

test('Jobs and helm test take variables, volumes and annotations of the user, too', () => {
  const rendered = dev(
    'backup.enabled=true,backup.restore=true',
    'jobs.extraEnv[0].name=MINE,jobs.extraEnv[0].value=yes',
    'jobs.extraVolumes[0].name=mine,jobs.extraVolumes[0].emptyDir.sizeLimit=1Mi',
    'jobs.extraVolumeMounts[0].name=mine,jobs.extraVolumeMounts[0].mountPath=/mine',
    'jobs.podAnnotations.mine=yes-please',
  );
  const all: readonly (readonly [string, string])[] = [
    ['Job', 'migrate-1'],
    ['Job', 'bucket-1'],
    ['Job', 'restore'],
    ['CronJob', 'backup'],
    ['Pod', 'test-upload'],
  ];
  for (const [kind, part] of all) {
    const pod = podNamed(rendered, kind, part);
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      assert.equal(env(container)['MINE'], 'yes', part);
      const mounts = container.volumeMounts.map((one: { name: string }) => one.name);
      assert.ok(mounts.includes('mine'), part);
    }
    assert.ok(
      pod.volumes.some((one: { name: string }) => one.name === 'mine'),
      part,
    );
  }
  const { template } = find(rendered, 'Job', name('migrate-1'))['spec'];
  assert.equal(template.metadata.annotations.mine, 'yes-please');
});

test('a pool says which languages its pods must have and how they are spread', () => {
  const rendered = dev(
    'worker.pools.hindi.languages={eng,hin}',
    'worker.pools.hindi.topologySpreadConstraints[0].maxSkew=2',
    'worker.pools.hindi.topologySpreadConstraints[0].topologyKey=zone',
    'worker.pools.hindi.topologySpreadConstraints[0].whenUnsatisfiable=DoNotSchedule',
  );
  const hindi = podNamed(rendered, 'Deployment', 'worker-hindi');
  assert.equal(env(hindi.containers[0])['CRICKSY_LANGUAGES'], 'eng,hin');
  const [constraint, none] = hindi.topologySpreadConstraints;
  assert.equal(none, undefined);
  assert.equal(constraint.whenUnsatisfiable, 'DoNotSchedule');
  assert.equal(constraint.labelSelector.matchLabels['cricksy.org/pool'], 'hindi');
  const other = podNamed(rendered, 'Deployment', 'worker-default');
  assert.equal(env(other.containers[0])['CRICKSY_LANGUAGES'], 'eng');
  assert.equal(other.topologySpreadConstraints[0].topologyKey, 'kubernetes.io/hostname');
});

test('external peers may be named by address and port, and are then the only ones', () => {
  const rendered = production(
    'networkPolicy.databaseTo={}',
    'networkPolicy.databaseTo[0].ipBlock.cidr=10.20.0.0/24',
    'networkPolicy.extraEgress[0].to[0].ipBlock.cidr=10.30.0.1/32',
    'networkPolicy.extraEgress[0].ports[0].port=8200',
  );
  const { egress } = find(rendered, 'NetworkPolicy', name('migrations'))['spec'];
  assert.deepEqual(egress, [
    { ports: [{ port: 5432 }], to: [{ ipBlock: { cidr: '10.20.0.0/24' } }] },
  ]);
  const extra = find(rendered, 'NetworkPolicy', name('extra'))['spec'];
  assert.deepEqual(extra.egress[0].to, [{ ipBlock: { cidr: '10.30.0.1/32' } }]);
  const who = extra.podSelector.matchExpressions[0].values;
  for (const part of ['gateway', 'worker', 'migrations', 'setup', 'backup']) {
    assert.ok(who.includes(part), part);
  }
});

test('operators have a token of their own where one is named, of a Secret or a file', () => {
  const variables = (...set: string[]) =>
    env(podNamed(production(...set), 'Deployment', 'gateway').containers[0]);
  assert.ok(!Object.keys(variables()).some((one) => one.startsWith('CRICKSY_OPERATOR_TOKEN')));
  assert.ok('CRICKSY_OPERATOR_TOKEN' in variables('auth.operator.existingSecret.name=operators'));
  const file = variables('auth.operator.tokenFile=/vault/secrets/operators');
  assert.equal(file['CRICKSY_OPERATOR_TOKEN_FILE'], '/vault/secrets/operators');
});

test('production asks for a token, encrypts, spreads, budgets, and tells its pools apart', () => {
  const rendered = production();
  const { tls } = find(rendered, 'Ingress', name('gateway'))['spec'];
  assert.equal(tls[0].secretName, 'cricksy-ocr-tls');
  const gateway = env(podNamed(rendered, 'Deployment', 'gateway').containers[0]);
  assert.match(gateway['DATABASE_URL'] ?? '', /sslmode=verify-full/);
  assert.equal(gateway['CRICKSY_BROKER_TLS'], 'true');
  assert.ok('CRICKSY_API_TOKEN' in gateway);
  const budgets = rendered.filter(({ kind }) => kind === 'PodDisruptionBudget');
  assert.deepEqual(
    budgets.map(({ metadata }) => metadata.name),
    [name('controller'), name('gateway'), name('worker-default'), name('worker-long')],
  );
  const resources = ['default', 'long'].map(
    (pool) => podNamed(rendered, 'Deployment', `worker-${pool}`).containers[0].resources,
  );
  assert.notDeepEqual(resources[0], resources[1]);
  assert.ok(rendered.filter(({ kind }) => kind === 'NetworkPolicy').length > 5);
  // The way in is the Ingress alone, and the test of the release.
  const { ingress } = find(rendered, 'NetworkPolicy', name('gateway'))['spec'];
  assert.equal(ingress[0].from.length, 2);
});
