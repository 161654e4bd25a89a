// A controller at work, as processes: it scales a Deployment of staged workers on a real Kubernetes; a gateway tells
// what the ledger knows; a Prometheus scrapes both.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStage, type Stage } from '../../services/controller/stage/stage.ts';
import { testKubeconfig } from '../../services/testing/cluster.ts';
import { steadyPort } from '../../services/testing/port.ts';
import { launch } from '../../services/testing/system.ts';
import type { Group } from '../rules.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

export interface Scaled {
  readonly stage: Stage;
  readonly prometheus: Prometheus;
  drop(): Promise<void>;
}

/** `spec` of the OcrWorkerPool. */
export async function startScaled(groups: readonly Group[], spec: object): Promise<Scaled> {
  const stage = await openStage({
    replicas: 1,
    spec,
    startMs: 4_000,
    readMs: () => 2_000 + 2_000 * Math.random(),
  });
  const objects = await mkdtemp(path.join(tmpdir(), 'cricksy-scaled-'));
  const ports = { controller: await steadyPort(), gateway: await steadyPort() };
  const env = (component: keyof typeof ports) => ({
    KUBECONFIG: testKubeconfig(),
    DATABASE_URL: stage.url,
    CRICKSY_NAMESPACE: stage.namespace,
    CRICKSY_CONTROLLER_ID: 'controller-1',
    CRICKSY_INTERNAL_PORT: String(ports[component]),
    CRICKSY_INTERNAL_HOST: '127.0.0.1',
    CRICKSY_SIGNING_SECRET: stage.namespace,
    CRICKSY_OBJECTS_DIR: objects,
    // The stage dispatches.
    CRICKSY_ENABLE_OCR: 'off',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'warn',
  });
  const services = path.join(import.meta.dirname, '../../services');
  const controller = spawn(process.execPath, [path.join(services, 'controller/main.ts')], {
    env: env('controller'),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(controller, 'exit');
  const gateway = await launch(path.join(services, 'gateway/main.ts'), env('gateway'));
  const prometheus = await startPrometheus({
    targets: (['controller', 'gateway'] as const).map((component) => ({
      component,
      pod: `${component}-1`,
      address: `127.0.0.1:${ports[component]}`,
    })),
    groups,
  });
  return {
    stage,
    prometheus,
    async drop() {
      await prometheus.stop();
      controller.kill('SIGTERM');
      await Promise.all([ended, gateway.kill('SIGTERM')]);
      await stage.close();
      await rm(objects, { recursive: true, force: true });
    },
  };
}
