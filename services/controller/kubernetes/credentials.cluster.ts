import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { testKubeconfig } from '../../testing/cluster.ts';
import { findCredentials } from './credentials.ts';
import { createTestNamespace, type TestNamespace } from './fixture.ts';
import { connectKubernetes, statusOf } from './kubernetes.ts';

let space: TestNamespace;
let folder: string;

before(async () => {
  space = await createTestNamespace();
  folder = await mkdtemp(path.join(tmpdir(), 'cricksy-account-'));
});
after(async () => {
  await space.remove();
  await rm(folder, { recursive: true });
});

async function writeToken(account: string): Promise<void> {
  const accounts = `/api/v1/namespaces/${space.name}/serviceaccounts`;
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } };
  await space.kubernetes.request('POST', accounts, { body });
  const { status } = await space.kubernetes.request<{ status: { token: string } }>(
    'POST',
    `${accounts}/${account}/token`,
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
  );
  await writeFile(path.join(folder, 'token'), `${status.token}\n`);
}

test('a pod is known by the token of its service account, also after that was renewed', async () => {
  const outside = await findCredentials({
    kubeconfig: testKubeconfig(),
    host: undefined,
    port: undefined,
  });
  const { hostname, port } = new URL(outside.server);
  await writeFile(path.join(folder, 'ca.crt'), (await outside.tls()).ca as string);
  await writeToken('first');
  const inside = connectKubernetes(
    await findCredentials({ kubeconfig: undefined, host: hostname, port, folder }),
  );
  const whoAmI = async () => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const address = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const answer = await inside.request<{ status: { userInfo: { username: string } } }>(
      'POST',
      address,
      { body },
    );
    return answer.status.userInfo.username;
  };

  assert.equal(await whoAmI(), `system:serviceaccount:${space.name}:first`);
  await writeToken('second');
  assert.equal(await whoAmI(), `system:serviceaccount:${space.name}:second`);
  const denied = inside.request('GET', `/api/v1/namespaces/${space.name}/pods`);
  await assert.rejects(denied, (error) => statusOf(error) === 403);
  inside.close();
});

test('without service account and KUBECONFIG the start says what is needed', async () => {
  const none = findCredentials({ kubeconfig: undefined, host: undefined, port: undefined, folder });
  await assert.rejects(none, /KUBECONFIG/);
});
