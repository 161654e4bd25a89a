import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { count } from '#core/config.ts';

const checkout = path.join(import.meta.dirname, '../..');

/** What standalone itself reads; everything else goes on to the gateway and the worker as it is. */
export const standaloneConfig = z.object({
  /** Port of the API, on loopback. */
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
export type StandaloneConfig = z.infer<typeof standaloneConfig>;
