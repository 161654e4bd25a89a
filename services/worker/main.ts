// A worker: takes tasks from the broker and has its engine processes read them. Any number of
// them run side by side; what one held when it died is read by another.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import { openBroker } from '#core/broker/open.ts';
import { readConfig, secretsOf } from '#core/config.ts';
import { heartbeatMs, leaseMs } from '#core/domain/lease.ts';
import { type Checks, createInternalServer } from '#core/health.ts';
import { awaitSchema } from '#core/ledger/await-schema.ts';
import { openDatabase } from '#core/ledger/database.ts';
import { logEvents } from '#core/ledger/events/log-events.ts';
import { createWaker } from '#core/ledger/wake.ts';
import { drainItself } from '#core/ledger/workers/drain.ts';
import { registerWorker } from '#core/ledger/workers/register.ts';
import { stopWorker } from '#core/ledger/workers/stop.ts';
import { createLifecycle, obeySignals, startFailure } from '#core/lifecycle.ts';
import { closeServer, listenOn } from '#core/listen.ts';
import { createLog } from '#core/log.ts';
import { connectionMetrics, createMetrics } from '#core/metrics.ts';
import { openStore } from '#core/objects/open.ts';
import { openTracing } from '#core/tracing.ts';
import { version } from '#core/version.ts';
import { workerConfig } from './config.ts';
import { createControl, type ProcessUsage } from './control.ts';
import { startHeartbeat } from './heartbeat.ts';
import { createIntake } from './intake.ts';
import { processMetrics, workerMetrics } from './metrics.ts';
import { createProgress } from './progress.ts';
import { createRunning } from './running.ts';
import { openScratch } from './scratch.ts';
import { createSelfDrain } from './self-drain.ts';
import { leave } from './shutdown.ts';
import { createSlots } from './slots/slots.ts';
import { type WorkDependencies, work } from './work.ts';

async function main(): Promise<void> {
  const config = readConfig(workerConfig, process.env);
  const id = randomUUID();
  const name = config.CRICKSY_WORKER_NAME ?? `${hostname()}-${process.pid}`;
  const log = createLog({
    service: 'worker',
    level: config.LOG_LEVEL,
    format: config.CRICKSY_LOG_FORMAT,
    secrets: secretsOf(config),
  }).child({ worker: name });
  const graceMs = config.CRICKSY_SHUTDOWN_GRACE * 1000;
  const lifecycle = createLifecycle({ log, partMs: graceMs + 10_000 });
  obeySignals(lifecycle, process);

  const metrics = createMetrics({ service: 'worker', version });
  const counted = workerMetrics(metrics, config.CRICKSY_POOL);
  const tracing = await openTracing(process.env, { service: 'worker', version, log });
  lifecycle.add({ name: 'traces', close: () => tracing.close() });
  let readiness: () => Checks = () => ({ started: { ok: false, ms: 0 } });
  if (config.CRICKSY_INTERNAL_PORT !== 0) {
    const internal = createInternalServer({
      ready: async () => readiness(),
      metrics,
    });
    await listenOn(internal, {
      port: config.CRICKSY_INTERNAL_PORT,
      host: config.CRICKSY_INTERNAL_HOST,
    });
    lifecycle.add({ name: 'internal server', close: () => closeServer(internal, 0) });
  }

  const scratch = await openScratch(config.CRICKSY_SCRATCH_DIR, { workerId: id, log });
  lifecycle.add({ name: 'scratch', close: () => scratch.remove() });
  const slots = await createSlots({
    size: config.CRICKSY_WORKER_SLOTS,
    settings: {
      engine: config.CRICKSY_OCR_ENGINE,
      tessdata: config.CRICKSY_TESSDATA_DIR,
      languages: config.CRICKSY_LANGUAGES,
      cache: path.join(config.CRICKSY_SCRATCH_DIR, 'models'),
      limits: {
        engineBytes: config.CRICKSY_MAX_ENGINE_BYTES,
        pagePixels: config.CRICKSY_MAX_PAGE_PIXELS,
        pages: config.CRICKSY_MAX_PAGES,
      },
    },
    // Nothing else of ours: users' bytes are opened beside it. Several threads in one engine
    // only slow the others down.
    environment: {
      PATH: process.env['PATH'] ?? '',
      OMP_THREAD_LIMIT: '1',
      // One heap for all threads, of which one works at a time: 40 MB less for each engine.
      MALLOC_ARENA_MAX: '1',
      TMPDIR: scratch.folder,
    },
    limits: {
      softMs: config.CRICKSY_SOFT_TIME_LIMIT * 1000,
      hardMs: config.CRICKSY_TIME_LIMIT * 1000,
    },
    maxTasks: config.CRICKSY_MAX_TASKS_PER_ENGINE,
    maxResidentBytes: config.CRICKSY_MAX_ENGINE_BYTES / 4,
    onEngineEnd: counted.engineEnded,
    log,
  });
  lifecycle.add({ name: 'engines', close: () => slots.close() });

  const database = {
    url: config.DATABASE_URL,
    password: config.CRICKSY_DATABASE_PASSWORD,
    name: 'cricksy-worker',
    pooled: config.CRICKSY_DATABASE_DIRECT_URL !== undefined,
  };
  const direct = { ...database, url: config.CRICKSY_DATABASE_DIRECT_URL ?? database.url };
  const db = openDatabase({ ...database, onEvents: logEvents(log) });
  lifecycle.add({ name: 'database', close: () => db.close() });
  if (!(await awaitSchema(db, { givenUp: () => lifecycle.stopping, log }))) return;
  const waker = createWaker(db);
  const broker = await openBroker(config, { database: direct, log });
  lifecycle.add({ name: 'broker', close: () => broker.close() });
  const objects = await openStore(config, { newId: randomUUID, now: Date.now, log });

  const engine = `${slots.engine} ${slots.version} (${slots.reason})`;
  log.info({ slots: slots.size }, `reading with ${engine}`);
  const { CRICKSY_POOL: pool } = config;
  const register = () => registerWorker(db, { id, name, pool, slots: slots.size, engine, version });
  await register();
  waker.workers();
  lifecycle.add({ name: 'registration', close: () => stopWorker(db, id) });

  const running = createRunning();
  const deps: WorkDependencies = {
    db,
    broker,
    objects,
    slots,
    scratch: scratch.folder,
    running,
    self: { id, name },
    leaseMs,
    wake: waker,
    progress: createProgress({ send: waker.progress, now: () => performance.now() }),
    random: Math.random,
    metrics: counted,
    tracing,
    log,
    onRefused: () => heartbeat.beat(),
    selfDrain: createSelfDrain({
      async drain(drain) {
        counted.selfDrained();
        await drainItself(db, id, drain);
        await heartbeat.beat();
      },
      log,
    }),
  };
  const intake = createIntake({
    broker,
    pool,
    prefetch: slots.size,
    onDelivery(delivery) {
      work(delivery, deps).catch((error: unknown) => {
        log.error({ error, taskId: delivery.message.task_id }, 'delivery could not be worked on');
        void delivery.giveBack();
      });
    },
    log,
  });
  processMetrics(metrics, {
    pool,
    slots,
    takesWork: () => intake.state === 'open',
  });
  connectionMetrics(metrics, {
    ledger: () => db.query('select 1'),
    broker: () => broker.ping(),
    store: () => objects.ping(),
  });
  const heartbeat = startHeartbeat({
    db,
    workerId: id,
    intervalMs: heartbeatMs,
    leaseMs,
    running,
    intake,
    register,
    enabled: config.CRICKSY_ENABLE_OCR,
    onDrained: waker.workers,
    log,
  });
  lifecycle.add({ name: 'heartbeat', close: () => heartbeat.stop() });
  lifecycle.add({
    name: 'work',
    close: () => leave({ heartbeat, intake, running, patienceMs: graceMs, log }),
    hurry: () => running.giveBackAll(),
  });
  await broker.onControl(
    createControl({
      workerId: id,
      name,
      slots: slots.size,
      engine,
      running,
      heartbeat,
      version,
      usage: processUsage,
      shutdown: () => process.kill(process.pid, 'SIGTERM'),
    }),
  );

  await heartbeat.beat();
  // Depends on nothing but draining: a busy pod that turns not ready would be deleted first.
  readiness = () => ({ draining: { ok: !heartbeat.drained(), ms: 0 } });
  process.send?.({ type: 'ready', engine });
}

function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return {
    pid: process.pid,
    uptime_seconds: process.uptime(),
    cpu_seconds: (user + system) / 1e6,
    memory_bytes: process.memoryUsage.rss(),
  };
}

main().catch((error: unknown) => {
  const { line, code } = startFailure(error);
  process.stderr.write(`worker: ${line}\n`);
  process.exit(code);
});
