import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../standalone/port.ts';
import { testKubeconfig } from '../testing/cluster.ts';
import { happened } from '../testing/happened.ts';
import type { Lease } from './kubernetes/objects.ts';
import { openStage, type Stage } from './stage/stage.ts';

let stage: Stage;
let port: number;
let controller: ChildProcess;

before(async () => {
  const spec = { minReplicas: 2, maxReplicas: 4, policy: { name: 'queue-depth' } };
  stage = await openStage({ replicas: 1, spec });
  port = await freePort(0, '127.0.0.1', 0);
  controller = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts')], {
    env: {
      KUBECONFIG: testKubeconfig(),
      DATABASE_URL: stage.url,
      CRICKSY_NAMESPACE: stage.namespace,
      CRICKSY_CONTROLLER_ID: 'controller-0',
      CRICKSY_INTERNAL_PORT: String(port),
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
});
after(async () => {
  controller.kill('SIGKILL');
  await stage.close();
});

const ask = async (address: string) => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${address}`);
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
};

test('the process scales, tells its metrics, and gives its Lease back when it is stopped', async () => {
  await happened(async () => (await ask('/readyz')).status === 200);
  await happened(async () => (await stage.deployment()).spec.replicas === 2);
  await happened(async () =>
    (await ask('/metrics')).text.includes('cricksy_ocr_autoscaler_ready_workers{pool="default"} 2'),
  );
  const { text } = await ask('/metrics');
  assert.match(text, /^cricksy_ocr_autoscaler_leader 1$/m);
  assert.match(
    text,
    /^cricksy_ocr_autoscaler_decisions_total\{pool="default",reason="\w+"\} \d+$/m,
  );
  assert.match(
    text,
    /^cricksy_ocr_autoscaler_worker_startup_seconds_count\{pool="default"\} \d+$/m,
  );

  const lease = () =>
    stage.kubernetes.request<Lease>(
      'GET',
      `/apis/coordination.k8s.io/v1/namespaces/${stage.namespace}/leases/cricksy-ocr-controller`,
    );
  assert.match((await lease()).spec?.holderIdentity ?? '', /^controller-0_/);
  controller.kill('SIGTERM');
  const [code] = (await once(controller, 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.equal((await lease()).spec?.holderIdentity, '');
});
