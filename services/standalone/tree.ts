// The process tree: what is stood on, then gateways and workers, more of these when there is work for them.
import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import path from 'node:path';
import type { Log } from '#core/log.ts';
import { superviseChild } from './child.ts';
import { childEnvironment, type Decided, type StandaloneConfig, workerBounds } from './config.ts';
import { createCrew } from './crew.ts';
import { host, startParts, stopParts } from './parts.ts';
import type { Scaler } from './scaler/scaler.ts';
import { poolSpec } from './scaler/spec.ts';

export interface Tree {
  /** Resolves with name and version of what reads, when the API is open. Rejects when a part never can be. */
  readonly ready: Promise<string>;
  /** Resolves with the name of a part that is gone without having been asked to. */
  readonly broken: Promise<string>;
  /** Gateways and workers first, what they stand on last. The second call hurries. */
  stop(): Promise<void>;
  /** The same where a part is broken: what was going on cannot be recorded, so nobody has long to end it. */
  abandon(): Promise<void>;
}

const services = path.join(import.meta.dirname, '..');
/** Beyond the worker's grace period: its own parts need up to ten seconds to close. */
const patienceMs = 13_000;
/** For what ends quickly without its database; workers would wait two minutes for it. */
const abandonMs = 1_000;

/** A gateway on each of the ports. */
export async function startTree(
  config: StandaloneConfig,
  deps: {
    readonly env: NodeJS.ProcessEnv;
    readonly ports: readonly number[];
    readonly secret: string;
    readonly log: Log;
  },
): Promise<Tree> {
  const directory = config.CRICKSY_DATA_DIR;
  const scratch = path.join(directory, 'scratch');
  const parts = await startParts(config, deps.env);
  const settings = {
    HOST: host,
    CRICKSY_OBJECTS_DIR: path.join(directory, 'objects'),
    CRICKSY_SCRATCH_DIR: scratch,
    CRICKSY_SIGNING_SECRET: deps.secret,
    // The gateway has everything on the API's port.
    CRICKSY_INTERNAL_PORT: '0',
    ...Object.assign({}, ...parts.map((part) => part.settings)),
  };
  const child = (name: string, own: Partial<Decided>) =>
    superviseChild({
      name,
      program: path.join(services, name, 'main.ts'),
      env: childEnvironment(deps.env, config, { ...settings, PORT: '0', ...own }),
      patienceMs: 1000 * config.CRICKSY_SHUTDOWN_GRACE + patienceMs,
      log: deps.log,
    });
  const run = randomBytes(2).toString('hex');
  const crew = createCrew(`${hostname()}-${run}`, (name) =>
    child('worker', { CRICKSY_WORKER_NAME: name }),
  );
  const bounds = workerBounds(config, availableParallelism());
  const workers = Array.from({ length: bounds.min }, () => crew.start());
  const gateways = deps.ports.map((port) => child('gateway', { PORT: String(port) }));
  const ready = Promise.all([...workers, ...gateways].map((one) => one.ready));
  let scaler: Scaler | undefined;
  let stopped = false;
  // Loaded when everything is open, and only where it has something to do.
  const scaling = ready.then(async () => {
    if (bounds.max === bounds.min || !config.CRICKSY_ENABLE_OCR) return;
    const { startScaler } = await import('./scaler/scaler.ts');
    if (stopped) return;
    scaler = startScaler({
      database: { url: settings.DATABASE_URL, name: 'cricksy-scaler', connections: 1 },
      pool: config.CRICKSY_POOL,
      spec: poolSpec(bounds, config.CRICKSY_WORKER_SLOTS),
      crew,
      now: Date.now,
      random: Math.random,
      log: deps.log,
    });
  });
  // Whoever waits for `ready` is told.
  scaling.catch(() => undefined);
  const end = async (withinMs?: number) => {
    stopped = true;
    await Promise.all([
      scaler?.stop(),
      crew.stop(withinMs),
      ...gateways.map((one) => one.stop(withinMs)),
    ]);
    await stopParts(parts);
  };
  const ended = parts.map(async ({ name, exited }) => {
    await exited;
    return stopped ? new Promise<string>(() => {}) : name;
  });
  return {
    ready: ready.then(([first]) => String(first?.['engine'])),
    broken: Promise.race(ended),
    stop: () => end(),
    abandon: () => end(abandonMs),
  };
}
