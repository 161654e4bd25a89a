import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { happened } from '../../testing/happened.ts';
import { silentLog } from '../../testing/log.ts';
import { createTestNamespace, type TestNamespace } from './fixture.ts';
import type { Kubernetes } from './kubernetes.ts';
import { type Mirror, startMirror } from './mirror.ts';
import type { KubernetesObject } from './objects.ts';

let space: TestNamespace;
let mirror: Mirror<KubernetesObject> | undefined;
const path = () => `/api/v1/namespaces/${space.name}/configmaps`;
const create = (name: string) =>
  space.kubernetes.request('POST', path(), {
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
  });
const names = () => mirror?.all()?.map(({ metadata }) => metadata.name) ?? [];

before(async () => {
  space = await createTestNamespace();
});
afterEach(() => mirror?.stop());
after(() => space.remove());

function start(
  options: { kubernetes?: Pick<Kubernetes, 'request' | 'watch'>; relistMs?: number } = {},
) {
  mirror = startMirror<KubernetesObject>({
    kubernetes: space.kubernetes,
    path: path(),
    keep: ({ metadata }) => ({ metadata }),
    onChange: () => undefined,
    now: () => performance.now(),
    log: silentLog,
    ...options,
  });
}

test('what is there is listed, what comes and goes is followed', async () => {
  start();
  assert.equal(mirror?.all(), undefined);
  await create('comes');
  await happened(() => names().includes('comes'));
  await space.kubernetes.request('DELETE', `${path()}/comes`);
  await happened(() => !names().includes('comes'));
});

test('a watch that stays silent is made up for by the next list', async () => {
  const silent = (_: string, { signal }: { signal: AbortSignal }) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const kubernetes = { request: space.kubernetes.request, watch: silent };
  start({ kubernetes, relistMs: 300 });
  await happened(() => mirror?.all() !== undefined);
  await create('unannounced');
  await happened(() => names().includes('unannounced'));
});

test('what could not be listed for long is no longer told as if it were true', async () => {
  const api: { away: boolean } = { away: false };
  const kubernetes: Pick<Kubernetes, 'request' | 'watch'> = {
    request(...asked) {
      return api.away ? Promise.reject(new Error('away')) : space.kubernetes.request(...asked);
    },
    watch: (...asked) => space.kubernetes.watch(...asked),
  };
  start({ kubernetes, relistMs: 300 });
  await happened(() => mirror?.all() !== undefined);
  api.away = true;
  await happened(() => mirror?.all() === undefined);
  api.away = false;
  await happened(() => mirror?.all() !== undefined);
});
