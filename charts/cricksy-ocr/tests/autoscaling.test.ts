// Who sets the number of workers: one at a time, each with what it needs and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { chart, env, find, type Manifest, podOf, refusal, render } from './helm.ts';

const name = (part: string) => `ocr-cricksy-ocr-${part}`;
const dev = (...set: string[]) => render(['values-dev.yaml'], ...set);
const builtin = (...set: string[]) => dev('autoscaling.mode=builtin', ...set);
const ofController = (manifests: readonly Manifest[]) =>
  manifests
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'controller')
    .map(({ kind }) => kind)
    .sort();

test('builtin brings the controller and a resource for each pool', () => {
  const pool = ['worker.pools.bulk.slots=4', 'worker.pools.bulk.maxReplicas=9'];
  const rendered = builtin('controller.pdb.enabled=true', ...pool);
  assert.deepEqual(ofController(rendered), [
    'Deployment',
    'Lease',
    'NetworkPolicy',
    'OcrWorkerPool',
    'OcrWorkerPool',
    'PodDisruptionBudget',
    'Role',
    'RoleBinding',
    'ServiceAccount',
  ]);
  const bulk = find(rendered, 'OcrWorkerPool', name('worker-bulk'))['spec'];
  assert.deepEqual(bulk, {
    targetRef: { name: name('worker-bulk') },
    pool: 'bulk',
    slots: 4,
    minReplicas: 1,
    maxReplicas: 9,
  });
  assert.ok(find(rendered, 'Deployment', bulk.targetRef.name));
});

test('other modes bring nothing of the controller', () => {
  for (const mode of ['none', 'keda', 'hpa']) {
    const rendered = dev(`autoscaling.mode=${mode}`);
    assert.deepEqual(ofController(rendered), [], mode);
    assert.equal(
      rendered.some(({ metadata }) => metadata.name === name('crd')),
      false,
      mode,
    );
  }
});

test('a pool has the policy of all, but for what is said of it alone', () => {
  const rendered = builtin(
    'worker.pools.bulk.slots=4',
    'autoscaling.builtin.policy.drainTargetSeconds=20',
    'autoscaling.builtin.policy.utilisationPercent=70',
    'autoscaling.pools.bulk.policy.drainTargetSeconds=600',
    'autoscaling.pools.bulk.dryRun=true',
  );
  const spec = (pool: string) => find(rendered, 'OcrWorkerPool', name(`worker-${pool}`))['spec'];
  assert.deepEqual(spec('bulk').policy, { drainTargetSeconds: 600, utilisationPercent: 70 });
  assert.equal(spec('bulk').dryRun, true);
  assert.deepEqual(spec('default').policy, { drainTargetSeconds: 20, utilisationPercent: 70 });
});

test('the controller knows ledger and broker, and nothing of the store', () => {
  const pod = podOf(find(builtin(), 'Deployment', name('controller')));
  const variables = env(pod.containers[0]);
  assert.equal(variables['CRICKSY_LEASE_NAME'], name('controller'));
  assert.equal(variables['CRICKSY_BROKER_HOST'], name('rabbitmq'));
  assert.ok(variables['DATABASE_URL']);
  assert.ok('CRICKSY_CONTROLLER_ID' in variables && 'CRICKSY_NAMESPACE' in variables);
  assert.deepEqual(
    Object.keys(variables).filter((key) => key.startsWith('CRICKSY_S3')),
    [],
  );
});

test('the controller may change its own workers, its Lease, and nothing else that has a name', () => {
  const rendered = builtin('worker.pools.bulk.slots=4');
  const role = find(rendered, 'Role', name('controller'));
  const reading = new Set(['get', 'list', 'watch']);
  const writing = (role['rules'] as Rule[])
    .map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => !reading.has(verb)) }))
    .filter(({ verbs }) => verbs.length > 0)
    .map(({ resources, resourceNames, verbs }) => [resources, resourceNames ?? [], verbs].flat());
  assert.deepEqual(writing, [
    ['ocrworkerpools/status', 'patch'],
    ['deployments', name('worker-bulk'), name('worker-default'), 'patch'],
    ['pods', 'patch'],
    ['leases', name('controller'), 'update'],
    ['leases', 'create'],
    ['events', 'create'],
  ]);
  assert.doesNotMatch(JSON.stringify(role), /\*|secrets|delete/);
});

interface Rule {
  readonly resources: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
}

test('the controller reaches the Kubernetes API, ledger and broker', () => {
  const policy = (...set: string[]) =>
    find(builtin(...set), 'NetworkPolicy', name('controller'))['spec'].egress;
  const [api, database, broker, ...rest] = policy();
  assert.deepEqual(api, { ports: [{ port: 443 }, { port: 6443 }] });
  const component = 'app.kubernetes.io/component';
  assert.equal(database.to[0].podSelector.matchLabels[component], 'postgresql');
  assert.equal(broker.to[0].podSelector.matchLabels[component], 'rabbitmq');
  assert.deepEqual(rest, []);
  const cidr = 'controller.apiServer.to[0].ipBlock.cidr=10.0.0.1/32';
  assert.deepEqual(policy(cidr)[0].to, [{ ipBlock: { cidr: '10.0.0.1/32' } }]);
});

test('an upgrade brings the definition of the resource, by rights to that one name', () => {
  const rendered = builtin().filter(({ metadata }) => metadata.name.endsWith(name('crd')));
  for (const { metadata } of rendered) {
    assert.equal(metadata.annotations?.['helm.sh/hook'], 'pre-upgrade');
  }
  const role = rendered.find(({ kind }) => kind === 'ClusterRole');
  assert.deepEqual(role?.['rules'], [
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      resourceNames: ['ocrworkerpools.ocr.cricksy.dev'],
      verbs: ['patch'],
    },
  ]);
  const { data } = find(rendered, 'ConfigMap', name('crd')) as Manifest & { data: object };
  const file = readFileSync(path.join(chart, 'crds/ocrworkerpool.yaml'), 'utf8');
  assert.deepEqual(parse((data as { 'crd.yaml': string })['crd.yaml']), parse(file));
  const without = builtin('controller.upgradeCrd=false');
  assert.equal(
    without.some(({ metadata }) => metadata.name.endsWith(name('crd'))),
    false,
  );
});

test('the schema of the values allows what the resource allows', () => {
  const crd = parse(readFileSync(path.join(chart, 'crds/ocrworkerpool.yaml'), 'utf8'));
  const spec = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  const schema = JSON.parse(readFileSync(path.join(chart, 'values.schema.json'), 'utf8'));
  const limits = ['type', 'enum', 'minimum', 'maximum', 'minLength', 'maxLength', 'maxItems'];
  const ours = ['targetRef', 'pool', 'slots', 'minReplicas', 'maxReplicas'];
  // biome-ignore lint/suspicious/noExplicitAny: two schemas of the same shape
  const essence = (node: any): unknown => ({
    ...Object.fromEntries(limits.filter((key) => key in node).map((key) => [key, node[key]])),
    ...(node.items && { items: essence(node.items) }),
    ...(node.properties &&
      Object.fromEntries(
        Object.entries(node.properties)
          .map(([key, value]) => [key, essence(value)] as const)
          .sort(([a], [b]) => a.localeCompare(b)),
      )),
  });
  const rest = Object.fromEntries(
    Object.entries(spec.properties).filter(([key]) => !ours.includes(key)),
  );
  assert.deepEqual(
    essence(schema.definitions.scaling),
    essence({ type: 'object', properties: rest }),
  );
});

test('keda is given a ScaledObject for each pool, and the seconds of work in the ledger', () => {
  const rendered = dev(
    'autoscaling.mode=keda',
    'autoscaling.keda.drainTargetSeconds=20',
    'worker.pools.bulk.slots=4',
    'worker.pools.bulk.minReplicas=0',
  );
  const spec = find(rendered, 'ScaledObject', name('worker-bulk'))['spec'];
  assert.equal(spec.scaleTargetRef.name, name('worker-bulk'));
  assert.deepEqual([spec.minReplicaCount, spec.maxReplicaCount], [0, 3]);
  const [{ authenticationRef, metadata }] = spec.triggers;
  assert.equal(metadata.host, `${name('postgresql')}.default.svc`);
  assert.equal(metadata.targetQueryValue, '80');
  assert.match(metadata.query, /where pool = 'bulk' and status in \('waiting'/);
  const authentication = find(rendered, 'TriggerAuthentication', authenticationRef.name);
  assert.deepEqual(authentication['spec'].secretTargetRef, [
    { parameter: 'password', name: name('database'), key: 'password' },
  ]);
  const from = find(rendered, 'NetworkPolicy', name('postgresql'))['spec'].ingress.at(-1).from;
  assert.deepEqual(from[0].namespaceSelector.matchLabels, {
    'kubernetes.io/metadata.name': 'keda',
  });
});

test('keda takes a whole URL of the database from its secret', () => {
  const set = ['autoscaling.mode=keda', 'database.existingSecret.urlKey=uri'];
  const rendered = render(['values-production.yaml'], ...set);
  const trigger = find(rendered, 'ScaledObject', name('worker-default'))['spec'].triggers[0];
  assert.deepEqual(Object.keys(trigger.metadata), ['query', 'targetQueryValue']);
  const authentication = find(rendered, 'TriggerAuthentication', name('worker'))['spec'];
  assert.equal(authentication.secretTargetRef[0].parameter, 'connection');
});

test('keda is refused a password that only our pods could read', () => {
  const set = [
    'autoscaling.mode=keda',
    'database.existingSecret.name=',
    'database.passwordFile=/p',
  ];
  assert.match(refusal(['values-production.yaml'], ...set) ?? '', /needs database\.existingSecret/);
});

test('hpa is given an HPA for each pool, on the metric that the shipped rule makes', () => {
  const rendered = dev('autoscaling.mode=hpa', 'worker.pools.bulk.slots=4');
  const spec = find(rendered, 'HorizontalPodAutoscaler', name('worker-bulk'))['spec'];
  assert.equal(spec.scaleTargetRef.name, name('worker-bulk'));
  const { metric, target } = spec.metrics[0].external;
  assert.deepEqual(metric.selector, { matchLabels: { pool: 'bulk' } });
  assert.deepEqual(target, { type: 'AverageValue', averageValue: '120' });
  const rules = parse(readFileSync(path.join(chart, 'files/prometheus-adapter.yaml'), 'utf8'));
  assert.deepEqual(
    rules.externalRules.map((rule: { name: { as: string } }) => rule.name.as),
    [metric.name],
  );
});

test('each mode brings its scaler and no other', () => {
  const scalers = ['OcrWorkerPool', 'ScaledObject', 'TriggerAuthentication'];
  const of = (mode: string) =>
    dev(`autoscaling.mode=${mode}`)
      .map(({ kind }) => kind)
      .filter((kind) => [...scalers, 'HorizontalPodAutoscaler'].includes(kind));
  assert.deepEqual(of('none'), []);
  assert.deepEqual(of('builtin'), ['OcrWorkerPool']);
  assert.deepEqual(of('keda'), ['ScaledObject', 'TriggerAuthentication']);
  assert.deepEqual(of('hpa'), ['HorizontalPodAutoscaler']);
});

const settings: Readonly<Record<string, readonly string[]>> = {
  builtin: ['autoscaling.builtin.spares=1', 'autoscaling.pools.default.paused=true'],
  keda: ['autoscaling.keda.pollingInterval=5'],
  hpa: ['autoscaling.hpa.downSeconds=60'],
};

for (const [mode, own] of Object.entries(settings)) {
  test(`settings of ${mode} are taken in that mode`, () => {
    assert.equal(refusal(['values-dev.yaml'], `autoscaling.mode=${mode}`, ...own), undefined);
  });
}

describe('refused are', () => {
  const mixes: readonly string[][] = [
    ...['none', 'builtin', 'keda', 'hpa'].flatMap((mode) =>
      Object.entries(settings)
        .filter(([other]) => other !== mode)
        .flatMap(([, foreign]) => foreign.map((set) => [`autoscaling.mode=${mode}`, set])),
    ),
    ['autoscaling.mode=hpa', 'worker.defaults.minReplicas=0'],
    ['autoscaling.mode=hpa', 'worker.pools.default.minReplicas=0'],
    ['autoscaling.mode=builtin', 'autoscaling.builtin.maxReplicas=3'],
    ['autoscaling.mode=builtin', 'autoscaling.builtin.policy.name=cpu'],
    ['autoscaling.mode=builtin', 'controller.replicas=0'],
  ];
  for (const set of mixes) {
    test(set.join(' with '), () => {
      assert.match(refusal(['values-dev.yaml'], ...set) ?? '', /specifications of the schema/);
    });
  }

  test('bounds that cross, and a policy for a pool that is not there', () => {
    const said = (...set: string[]) =>
      refusal(['values-dev.yaml'], 'autoscaling.mode=builtin', ...set) ?? '';
    assert.match(said('worker.defaults.minReplicas=9'), /minReplicas is above maxReplicas/);
    assert.match(said('autoscaling.pools.other.spares=1'), /autoscaling\.pools\.other: no such/);
  });
});
