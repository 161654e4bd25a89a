import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, test } from 'node:test';
import { happened } from '../testing/happened.ts';
import { silentLog } from '../testing/log.ts';
import { quick } from './fixture.ts';
import { createTestNamespace, type TestNamespace } from './kubernetes/fixture.ts';
import type { Lease } from './kubernetes/objects.ts';
import { startLeader } from './leader.ts';

interface Candidate {
  readonly process: ChildProcess;
  /** What it said, in its order. */
  readonly said: string[];
  leads(): boolean;
}

describe('one of several controllers leads', () => {
  let space: TestNamespace;
  const candidates: Candidate[] = [];
  const address = () => `/apis/coordination.k8s.io/v1/namespaces/${space.name}/leases/controller`;
  const lease = () => space.kubernetes.request<Lease>('GET', address());

  before(async () => {
    space = await createTestNamespace();
  });
  afterEach(async () => {
    for (const { process: child } of candidates.splice(0)) child.kill('SIGKILL');
    await space.kubernetes.request('DELETE', address());
  });
  after(() => space.remove());

  const start = (identity: string, { skewMs = 0 } = {}): Candidate => {
    const file = path.join(import.meta.dirname, 'fixture.ts');
    const child = spawn(process.execPath, [file, space.name, identity, String(skewMs)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    createInterface(child.stdout).on('line', (line) => said.push(line));
    const candidate = {
      process: child,
      said,
      leads: () => said.length > 0 && said.at(-1) !== 'none',
    };
    candidates.push(candidate);
    return candidate;
  };
  const ask = async (candidate: Candidate): Promise<string | undefined> => {
    const before = candidate.said.length;
    candidate.process.stdin?.write('\n');
    await happened(() => candidate.said.length > before);
    return candidate.said[before];
  };

  test('of two that start together one leads and goes on leading', async () => {
    const both = [start('first'), start('second')];
    await happened(() => both.some((one) => one.leads()));
    const version = (await lease()).metadata.resourceVersion;
    await happened(async () => (await lease()).metadata.resourceVersion !== version);
    assert.equal(both.filter((one) => one.leads()).length, 1);
    assert.equal((await lease()).spec?.leaseTransitions, 1);
  });

  test('when the leader is killed the other one takes over under the next epoch', async () => {
    const first = start('first');
    await happened(() => first.leads());
    const second = start('second');
    first.process.kill('SIGKILL');
    await happened(() => second.leads());
    assert.deepEqual(second.said, ['2']);
  });

  test('when the leader stops the other one need not wait for the lease to end', async () => {
    const first = start('first');
    await happened(() => first.leads());
    const second = start('second');
    first.process.kill('SIGTERM');
    await happened(() => second.leads());
    assert.equal(first.said.at(-1), 'none');
    assert.equal((await lease()).spec?.holderIdentity, 'second');
  });

  test('a leader that was frozen past its lease knows at once that it does not lead any more', async () => {
    const first = start('first');
    await happened(() => first.leads());
    const second = start('second');
    first.process.kill('SIGSTOP');
    await happened(() => second.leads());
    const before = first.said.length;
    first.process.stdin?.write('\n');
    first.process.kill('SIGCONT');
    await happened(() => first.said.length > before);
    assert.equal(first.said[before], 'none');
    assert.equal(await ask(second), '2');
    assert.equal((await lease()).spec?.holderIdentity, 'second');
  });

  test('clocks that differ by hours take nobody’s lease away', async () => {
    const first = start('first', { skewMs: -7_200_000 });
    await happened(() => first.leads());
    const second = start('second', { skewMs: 7_200_000 });
    const firstRenewal = (await lease()).spec?.renewTime;
    await happened(async () => (await lease()).spec?.renewTime !== firstRenewal);
    const version = Number((await lease()).metadata.resourceVersion);
    await happened(async () => Number((await lease()).metadata.resourceVersion) > version);
    assert.equal(await ask(second), 'none');
    assert.equal(await ask(first), '1');
  });

  test('after its lease was deleted and taken by another a leader leads no more', async () => {
    const first = start('first');
    await happened(() => first.leads());
    first.process.kill('SIGSTOP');
    await space.kubernetes.request('DELETE', address());
    const second = start('second');
    await happened(() => second.leads());
    first.process.kill('SIGCONT');
    await happened(() => !first.leads());
    assert.equal(await ask(second), '1');
  });

  test('an epoch that counts from the start is lifted above what was written before', async () => {
    const leader = startLeader({
      kubernetes: space.kubernetes,
      namespace: space.name,
      name: 'controller',
      identity: 'lifted',
      timings: quick,
      now: () => performance.now(),
      date: () => new Date(),
      onChange: () => undefined,
      log: silentLog,
    });
    await happened(() => leader.epoch() === 1);
    await leader.lift(41);
    assert.equal(leader.epoch(), 42);
    await leader.lift(7);
    assert.equal(leader.epoch(), 42);
    assert.equal((await lease()).spec?.leaseTransitions, 42);
    const taken = {
      ...(await lease()),
      spec: { ...(await lease()).spec, holderIdentity: 'other' },
    };
    await space.kubernetes.request('PUT', address(), { body: taken });
    await leader.lift(50);
    assert.equal(leader.epoch(), undefined);
    await leader.stop();
    assert.equal((await lease()).spec?.holderIdentity, 'other');
  });
});
