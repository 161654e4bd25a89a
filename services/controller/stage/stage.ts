// A whole stage for the controller: a namespace with a Deployment of workers on a node of its own, a
// ledger, an OcrWorkerPool, and any number of controllers.
import { randomUUID } from 'node:crypto';
import type { Broker } from '#core/broker/broker.ts';
import { createPostgresBroker } from '#core/broker/postgres/broker.ts';
import { AppError } from '#core/errors.ts';
import { type Database, openDatabase } from '#core/ledger/database.ts';
import { createMetrics } from '#core/metrics.ts';
import { createTestDatabase } from '../../testing/database.ts';
import { pool, uploaded } from '../../testing/ledger.ts';
import { silentLog } from '../../testing/log.ts';
import { connectToTestCluster, createTestNamespace } from '../kubernetes/fixture.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { Deployment } from '../kubernetes/objects.ts';
import { pathsIn } from '../kubernetes/paths.ts';
import { startLeader } from '../leader.ts';
import { createLooks } from '../looks.ts';
import { controllerMetrics } from '../metrics.ts';
import { openCluster } from '../observe/cluster.ts';
import type { Condition, OcrWorkerPool } from '../observe/pool.ts';
import { createReconcile } from '../reconcile.ts';
import { createStageNode } from './node.ts';
import { createTroupe, type Troupe } from './workers.ts';

export interface Controller {
  readonly epoch: () => number | undefined;
  stop(): Promise<void>;
}

export interface Stage {
  readonly kubernetes: Kubernetes;
  readonly namespace: string;
  readonly db: Database;
  readonly url: string;
  readonly troupe: Troupe;
  /** Starts one; the first that is started leads. */
  control(): Promise<Controller>;
  upload(count: number): Promise<void>;
  /** From now on the broker says nothing, or speaks again. */
  muteBroker(mute: boolean): void;
  deployment(): Promise<Deployment>;
  /** As `kubectl scale` would. */
  scale(replicas: number): Promise<void>;
  /** Another version of the workers. */
  rollOut(): Promise<void>;
  patchPool(spec: object): Promise<void>;
  pool(): Promise<OcrWorkerPool>;
  condition(type: Condition['type']): Promise<Condition | undefined>;
  /** Reasons of the Events about the pool. */
  events(): Promise<string[]>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly replicas: number;
  /** Of the OcrWorkerPool. */
  readonly spec: object;
  readonly slots?: number;
  readonly startMs?: number;
  readonly readMs?: () => number;
}

const target = 'workers';

export async function openStage(options: StageOptions): Promise<Stage> {
  const { slots = 1, startMs = 100, readMs = () => 500 } = options;
  const { kubernetes, name: namespace, remove } = await createTestNamespace();
  const { url, drop } = await createTestDatabase();
  const db = openDatabase({ url, name: 'stage', connections: 20 });
  const broker = createPostgresBroker({ database: { url, name: 'stage' }, log: silentLog });
  const paths = pathsIn(namespace);
  const troupe: Troupe = createTroupe({
    db,
    slots,
    startMs,
    readMs,
    beatMs: 300,
    onReadiness: (pod, ready) => node.setReady(pod, ready),
  });
  const node = await createStageNode(kubernetes, namespace, troupe);
  await kubernetes.request('POST', paths.deployments, {
    body: deploymentOf(namespace, options.replicas),
  });
  await kubernetes.request('POST', paths.pools, {
    body: {
      apiVersion: 'ocr.cricksy.dev/v1alpha1',
      kind: 'OcrWorkerPool',
      metadata: { name: target },
      spec: { targetRef: { name: target }, pool, slots, ...options.spec },
    },
  });
  const muted: { broker: boolean } = { broker: false };
  const controllers: Controller[] = [];
  const deployment = () => kubernetes.request<Deployment>('GET', `${paths.deployments}/${target}`);
  const readPool = () => kubernetes.request<OcrWorkerPool>('GET', `${paths.pools}/${target}`);
  const merge = (path: string, body: object) =>
    kubernetes.request('PATCH', path, { type: 'application/merge-patch+json', body });

  const control = async (): Promise<Controller> => {
    const own = await connectToTestCluster();
    const now = () => performance.now();
    const metrics = controllerMetrics(createMetrics({ service: 'controller', version: '0' }));
    const cluster = openCluster({
      kubernetes: own,
      paths,
      onChange: () => looks.wake(),
      now,
      log: silentLog,
    });
    const leader = startLeader({
      kubernetes: own,
      namespace,
      name: 'controller',
      identity: randomUUID(),
      now,
      date: () => new Date(),
      onChange: () => looks.wake(),
      log: silentLog,
    });
    const counts: Broker['counts'] = (of) =>
      muted.broker ? Promise.reject(new AppError('broker.unavailable')) : broker.counts(of);
    const deps = { db, broker: { counts }, kubernetes: own, paths, cluster, metrics };
    const reconcile = createReconcile({ ...deps, now: Date.now, log: silentLog });
    const looks = createLooks({ cluster, leader, reconcile, metrics, log: silentLog });
    const controller = {
      epoch: leader.epoch,
      async stop() {
        controllers.splice(controllers.indexOf(controller), 1);
        await looks.stop();
        await leader.stop();
        await cluster.stop();
        own.close();
      },
    };
    controllers.push(controller);
    return controller;
  };

  return {
    kubernetes,
    namespace,
    db,
    url,
    troupe,
    control,
    deployment,
    pool: readPool,
    async upload(count) {
      for (let index = 0; index < count; index++) await uploaded(db);
    },
    muteBroker(mute) {
      muted.broker = mute;
    },
    async scale(replicas) {
      await merge(`${paths.deployments}/${target}/scale`, { spec: { replicas } });
    },
    async rollOut() {
      const annotations = { version: randomUUID() };
      const spec = { template: { metadata: { annotations } } };
      await merge(`${paths.deployments}/${target}`, { spec });
    },
    async patchPool(spec) {
      await merge(`${paths.pools}/${target}`, { spec });
    },
    async condition(type) {
      return (await readPool()).status?.conditions.find((one) => one.type === type);
    },
    async events() {
      const { items } = await kubernetes.request<{ items: { reason: string }[] }>(
        'GET',
        paths.events,
        { query: { fieldSelector: 'involvedObject.kind=OcrWorkerPool' } },
      );
      return items.map(({ reason }) => reason);
    },
    async close() {
      for (const controller of [...controllers]) await controller.stop();
      await kubernetes.request('DELETE', `${paths.deployments}/${target}`);
      await troupe.end();
      await node.remove();
      await broker.close();
      await db.close();
      await drop();
      await remove();
    },
  };
}

function deploymentOf(namespace: string, replicas: number) {
  const labels = { app: target };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: target },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { stage: namespace },
          tolerations: [{ key: 'stage', operator: 'Exists' }],
          containers: [{ name: 'worker', image: 'staged' }],
          terminationGracePeriodSeconds: 30,
        },
      },
    },
  };
}
