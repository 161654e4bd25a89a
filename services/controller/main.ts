// A controller: scales the Deployments of workers by the work that waits, and ends only workers that
// hold nothing. Any number of them run side by side; one leads.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { openBroker } from '#core/broker/open.ts';
import { readConfig, secretsOf } from '#core/config.ts';
import { type Checks, createInternalServer } from '#core/health.ts';
import { awaitSchema } from '#core/ledger/await-schema.ts';
import { openDatabase } from '#core/ledger/database.ts';
import { channels } from '#core/ledger/wake.ts';
import { createLifecycle, obeySignals, startFailure } from '#core/lifecycle.ts';
import { closeServer, listenOn } from '#core/listen.ts';
import { createLog } from '#core/log.ts';
import { createMetrics } from '#core/metrics.ts';
import { listen } from '#core/postgres/listen.ts';
import { version } from '#core/version.ts';
import { controllerConfig } from './config.ts';
import { findCredentials } from './kubernetes/credentials.ts';
import { connectKubernetes } from './kubernetes/kubernetes.ts';
import { pathsIn } from './kubernetes/paths.ts';
import { startLeader } from './leader.ts';
import { createLooks } from './looks.ts';
import { controllerMetrics } from './metrics.ts';
import { openCluster } from './observe/cluster.ts';
import { createReconcile } from './reconcile.ts';

async function main(): Promise<void> {
  const config = readConfig(controllerConfig, process.env);
  const name = config.CRICKSY_CONTROLLER_ID ?? hostname();
  const log = createLog({
    service: 'controller',
    level: config.LOG_LEVEL,
    format: config.CRICKSY_LOG_FORMAT,
    secrets: secretsOf(config),
  }).child({ controller: name });
  const lifecycle = createLifecycle({ log, partMs: 10_000 });
  obeySignals(lifecycle, process);

  const registry = createMetrics({ service: 'controller', version });
  const metrics = controllerMetrics(registry);
  let readiness: () => Checks = () => ({ started: { ok: false, ms: 0 } });
  if (config.CRICKSY_INTERNAL_PORT !== 0) {
    const internal = createInternalServer({ ready: async () => readiness(), metrics: registry });
    await listenOn(internal, {
      port: config.CRICKSY_INTERNAL_PORT,
      host: config.CRICKSY_INTERNAL_HOST,
    });
    lifecycle.add({ name: 'internal server', close: () => closeServer(internal, 0) });
  }

  const kubernetes = connectKubernetes(
    await findCredentials({
      kubeconfig: config.KUBECONFIG,
      host: config.KUBERNETES_SERVICE_HOST,
      port: config.KUBERNETES_SERVICE_PORT,
    }),
  );
  lifecycle.add({ name: 'Kubernetes', close: async () => kubernetes.close() });

  const database = {
    url: config.DATABASE_URL,
    password: config.CRICKSY_DATABASE_PASSWORD,
    name: 'cricksy-controller',
    pooled: config.CRICKSY_DATABASE_DIRECT_URL !== undefined,
  };
  const direct = { ...database, url: config.CRICKSY_DATABASE_DIRECT_URL ?? database.url };
  const db = openDatabase(database);
  lifecycle.add({ name: 'database', close: () => db.close() });
  if (!(await awaitSchema(db, { givenUp: () => lifecycle.stopping, log }))) return;
  const broker = await openBroker(config, { database: direct, log });
  lifecycle.add({ name: 'broker', close: () => broker.close() });

  const paths = pathsIn(config.CRICKSY_NAMESPACE);
  const cluster = openCluster({
    kubernetes,
    paths,
    onChange: () => looks.wake(),
    now: () => performance.now(),
    log,
  });
  lifecycle.add({ name: 'cluster', close: () => cluster.stop() });

  const leader = startLeader({
    kubernetes,
    namespace: config.CRICKSY_NAMESPACE,
    name: config.CRICKSY_LEASE_NAME,
    identity: `${name}_${randomUUID()}`,
    now: () => performance.now(),
    date: () => new Date(),
    onChange(epoch) {
      metrics.leads(epoch !== undefined);
      looks.wake();
    },
    log,
  });
  lifecycle.add({ name: 'leader', close: () => leader.stop() });

  const reconcile = createReconcile({
    db,
    broker,
    kubernetes,
    paths,
    cluster,
    metrics,
    now: Date.now,
    log,
  });
  const looks = createLooks({ cluster, leader, reconcile, metrics, log });
  const listener = listen({
    database: direct,
    handlers: {
      [channels.dispatch]: looks.wake,
      [channels.workers]: looks.wake,
      [channels.switches]: looks.wake,
    },
    onConnected: looks.wake,
    random: Math.random,
    log,
  });
  lifecycle.add({ name: 'wake-ups', close: () => listener.stop() });
  // Before the Lease is given back: what is being done ends first.
  lifecycle.add({ name: 'looks', close: () => looks.stop() });
  readiness = () => ({ kubernetes: { ok: cluster.pools() !== undefined, ms: 0 } });
}

main().catch((error: unknown) => {
  const { line, code } = startFailure(error);
  process.stderr.write(`controller: ${line}\n`);
  process.exit(code);
});
