import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { count } from '#core/config.ts';
import { gatewayConfig } from '../gateway/config.ts';
import { workerConfig } from '../worker/config.ts';

const checkout = path.join(import.meta.dirname, '../..');

/** What standalone itself reads, in part with other defaults than a cluster has. */
const ownConfig = z.object({
  /** Port of the API, on loopback; 0: any that is free. */
  PORT: count.max(65_535).default(8080),
  /** Where everything is kept: database, files, secrets. One instance at a time. */
  CRICKSY_DATA_DIR: z
    .string()
    .default(path.join(checkout, '.data'))
    .transform((folder) => path.resolve(folder)),
  /** Engine processes of the worker. */
  CRICKSY_WORKER_SLOTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.min(4, availableParallelism())),
  /** Seconds that the worker may take to finish its work after Ctrl-C; the rest goes on at the next start. */
  CRICKSY_SHUTDOWN_GRACE: count.default(2),
  /** People at a laptop are not limited unless they ask for it. */
  CRICKSY_RATE_LIMIT_INITIATE: count.default(0),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  CRICKSY_LOG_FORMAT: z.enum(['json', 'pretty']).default('pretty'),
});

/** Decided here for gateway and worker, whatever the environment says; see tree.ts. */
const decided = {
  HOST: true,
  PORT: true,
  DATABASE_URL: true,
  CRICKSY_DATABASE_PASSWORD: true,
  CRICKSY_DATABASE_DIRECT_URL: true,
  CRICKSY_OBJECTS_DIR: true,
  CRICKSY_SCRATCH_DIR: true,
  CRICKSY_SIGNING_SECRET: true,
  CRICKSY_INTERNAL_PORT: true,
} as const;
export type Decided = Readonly<Record<keyof typeof decided, string>>;

/** With everything that the gateway and the worker will read, so that one start names every mistake. */
export const standaloneConfig = gatewayConfig
  .extend(workerConfig.shape)
  .omit(decided)
  .extend(ownConfig.shape);
export type StandaloneConfig = z.infer<typeof standaloneConfig>;

/** The environment of gateway and worker. */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  config: StandaloneConfig,
  here: Decided,
): NodeJS.ProcessEnv {
  const own = ownConfig.keyof().options.map((name) => [name, String(config[name])] as const);
  const given = { ...Object.fromEntries(own), ...here };
  // A file that the environment names would win over the value; an empty name is none.
  const files = Object.keys(given).map((name) => [`${name}_FILE`, ''] as const);
  return { ...env, ...given, ...Object.fromEntries(files) };
}
