import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { count, flag } from '#core/config.ts';
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
  /** Gateways, the first on PORT, the next on the ports after it. */
  CRICKSY_GATEWAYS: z.coerce.number().int().min(1).max(16).default(1),
  /** Workers while there is little to do; more of them start when more work waits than these read soon. */
  CRICKSY_WORKERS: z.coerce.number().int().min(1).max(16).default(1),
  /** Workers at most; 0: as many as keep all cores busy. */
  CRICKSY_MAX_WORKERS: count.max(64).default(0),
  /** A RabbitMQ of our own carries the work instead of PostgreSQL; it has to be installed. */
  CRICKSY_LOCAL_RABBITMQ: flag.default(false),
  /** An S3 server of our own keeps the bytes instead of a folder; Go has to be installed to build it. */
  CRICKSY_LOCAL_S3: flag.default(false),
  /** Of each worker, which has fewer by default: nobody else is on this machine. */
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

/** Decided here for gateways and workers, whatever the environment says; see tree.ts. */
const decided = {
  HOST: true,
  PORT: true,
  DATABASE_URL: true,
  CRICKSY_DATABASE_PASSWORD: true,
  CRICKSY_DATABASE_DIRECT_URL: true,
  CRICKSY_OBJECTS_DIR: true,
  CRICKSY_SCRATCH_DIR: true,
  CRICKSY_WORKER_NAME: true,
  CRICKSY_SIGNING_SECRET: true,
  CRICKSY_INTERNAL_PORT: true,
  CRICKSY_BROKER_URL: true,
  CRICKSY_BROKER_HOST: true,
  CRICKSY_BROKER_PORT: true,
  CRICKSY_BROKER_USER: true,
  CRICKSY_BROKER_PASSWORD: true,
  CRICKSY_BROKER_VHOST: true,
  CRICKSY_BROKER_TLS: true,
  CRICKSY_BROKER_CA: true,
  CRICKSY_BROKER_CERT: true,
  CRICKSY_BROKER_KEY: true,
  CRICKSY_S3_BUCKET: true,
  CRICKSY_S3_REGION: true,
  CRICKSY_S3_ENDPOINT_URL: true,
  CRICKSY_S3_PUBLIC_ENDPOINT_URL: true,
  CRICKSY_S3_PATH_STYLE: true,
  CRICKSY_S3_ACCESS_KEY: true,
  CRICKSY_S3_SECRET_KEY: true,
  CRICKSY_S3_SSE: true,
  CRICKSY_S3_SSE_KMS_KEY_ID: true,
} as const;
export type Decided = Readonly<Record<keyof typeof decided, string>>;

/** With everything that the gateway and the worker will read, so that one start names every mistake. */
export const standaloneConfig = gatewayConfig
  .extend(workerConfig.shape)
  .omit(decided)
  .extend(ownConfig.shape);
export type StandaloneConfig = z.infer<typeof standaloneConfig>;

/** How many workers there may be, on a machine of so many cores. */
export function workerBounds(
  config: Pick<
    StandaloneConfig,
    'CRICKSY_WORKERS' | 'CRICKSY_MAX_WORKERS' | 'CRICKSY_WORKER_SLOTS'
  >,
  cores: number,
): { readonly min: number; readonly max: number } {
  const min = config.CRICKSY_WORKERS;
  const most = config.CRICKSY_MAX_WORKERS || Math.ceil(cores / config.CRICKSY_WORKER_SLOTS);
  return { min, max: Math.max(min, most) };
}

/** The environment of a gateway or worker; what is decided and not given here is not set. */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  config: StandaloneConfig,
  here: Partial<Decided>,
): NodeJS.ProcessEnv {
  const own = ownConfig.keyof().options.map((name) => [name, String(config[name])] as const);
  const unset = Object.keys(decided).map((name) => [name, ''] as const);
  const given = { ...Object.fromEntries([...unset, ...own]), ...here };
  // A file that the environment names would win over the value; an empty name is none.
  const files = Object.keys(given).map((name) => [`${name}_FILE`, ''] as const);
  return { ...env, ...given, ...Object.fromEntries(files) };
}
