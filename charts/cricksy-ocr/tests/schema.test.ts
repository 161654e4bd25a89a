import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusal } from './helm.ts';

const typos = [
  'gateway.replica=2',
  'gateway.replicas=two',
  'gateways.replicas=2',
  'gateway.autoscaling.enable=true',
  'gateway.service.type=Loadbalancer',
  'worker.slots=2',
  'worker.pools.default.slot=2',
  'worker.pools.default.slots=0',
  'worker.pools.default.memory=2Gi',
  'worker.pools.Default.slots=2',
  'autoscaling.mode=auto',
  'autoscaling.enabled=true',
  'image.tag=latest',
  'image.repository=ours',
  'image.digests.gateway=abc',
  'image.pullPolicy=Sometimes',
  'database.sslmode=require',
  'database.port=0',
  'database.existingSecret=name',
  'broker.type=kafka',
  'broker.url=amqp://x',
  'objects.public=yes',
  'objects.endpoint=store:7070',
  'config.logLevel=verbose',
  'config.enableOcr=maybe',
  'auth.token=short',
  'networkPolicy=true',
  'networkPolicy.databaseTo[0].cidr=10.0.0.0/8',
  'networkPolicy.extraEgress[0].peers=x',
  'database.directUrl=postgresql://user:secret@host/name',
  'database.passwordFile=relative',
  'jobs.env=x',
  'gateway.topologySpreadConstraints[0].maxSkew=1',
  'worker.pools.default.languages=eng',
  'postgresql.persistence.size=1Gi',
  'monitoring.enabled=true',
  'monitoring.podMonitor.interval=often',
  'monitoring.rules.limits.sloSeconds=45',
  'monitoring.rules.limits.sloObjective=99',
  'monitoring.rules.limits.wait=10',
];

describe('the schema refuses', () => {
  for (const typo of typos) {
    test(typo, () => {
      const said = refusal(['values-dev.yaml'], typo);
      assert.ok(said, `${typo} was taken`);
      assert.match(said, /don't meet the specifications of the schema/);
    });
  }
});

test('what the dev values say is taken', () => {
  assert.equal(refusal(['values-dev.yaml']), undefined);
});

describe('what is missing is named', () => {
  const nothing: readonly [string, RegExp][] = [
    ['database.host=', /database\.host/],
    ['broker.host=', /broker\.host/],
    ['auth.existingSecret.name=', /auth\.required/],
    ['database.existingSecret.name=', /database\.password, database\.existingSecret or/],
    ['broker.existingSecret.name=', /broker\.password, broker\.existingSecret or/],
    ['worker.defaultPool=other', /worker\.defaultPool/],
  ];
  for (const [set, message] of nothing) {
    test(set, () => assert.match(refusal(['values-production.yaml'], set) ?? '', message));
  }
});
