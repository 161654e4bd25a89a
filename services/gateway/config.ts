import { z } from 'zod';
import { count, enableOcr, flag, list, objects, shared } from '#core/config.ts';
import { defaultLimits } from '#core/domain/limits.ts';

const positive = z.coerce.number().int().positive();

export const gatewayConfig = z.object({
  ...shared,
  ...objects,
  ...enableOcr,
  /** Whether uploads may be taken; within that operators switch. Off, they are refused with `uploads.disabled`. */
  CRICKSY_ENABLE_UPLOADS: flag.default(true),
  /** Port of the API. */
  PORT: count.default(8080),
  HOST: z.string().default('0.0.0.0'),
  /** Second port, for /livez, /readyz and /metrics, so that an ingress exposes none of them; 0: on the API port. */
  CRICKSY_INTERNAL_PORT: count.default(0),
  CRICKSY_INTERNAL_HOST: z.string().default('0.0.0.0'),
  /** Scheme and host under which clients reach the API, for signed URLs; default: as each request says. */
  CRICKSY_PUBLIC_URL: z.url().optional(),
  /** When set, every call needs `Authorization: Bearer` with it. */
  CRICKSY_API_TOKEN: z.string().min(8).optional(),
  /** When set, what operators do (switch, pause, drain, adopt) needs this token instead; it is good for every other call too. */
  CRICKSY_OPERATOR_TOKEN: z.string().min(8).optional(),
  /** Origins whose pages may call the API, separated by commas; `*` for all. */
  CRICKSY_CORS_ORIGINS: list.default([]),
  /** Proxies in front: their number, or their addresses; as Express' `trust proxy`. */
  CRICKSY_TRUST_PROXY: z.string().optional(),
  /** Initiates a minute for each client, over all replicas; 0: no limit. */
  CRICKSY_RATE_LIMIT_INITIATE: count.default(10),
  /** Where clients send bytes to and get them from a bucket: `direct` to the store, or through the `gateway`. */
  CRICKSY_OBJECTS_PUBLIC: z.enum(['direct', 'gateway']).default('direct'),
  /** URL of the store as clients see it; default: CRICKSY_S3_ENDPOINT_URL. */
  CRICKSY_S3_PUBLIC_ENDPOINT_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Signs the URLs that lead through the gateway; the same on every replica. */
  CRICKSY_SIGNING_SECRET: z.string().min(16).optional(),
  /** Seconds for which a presigned URL is good. */
  CRICKSY_S3_PRESIGNED_EXPIRY: positive.default(3600),
  /** Bytes of one file. */
  CRICKSY_MAX_FILE_BYTES: positive.default(defaultLimits.fileBytes),
  /** Bytes of a file sent to POST /api/ocr, which holds it in memory; larger ones go by signed URL. */
  CRICKSY_OCR_MAX_BYTES: positive.default(10 * 1024 * 1024),
  CRICKSY_API_TITLE: z.string().default('Cricksy OCR'),
  /** Pools whose tasks this gateway dispatches. New uploads go to the first. */
  CRICKSY_POOLS: list
    .refine((pools) => pools.length > 0, 'names no pool, so nothing would be read')
    .default(['default']),
  /** Tasks of a pool dispatched and unclaimed at once: a number, `all`, or by default twice the live slots. */
  CRICKSY_DISPATCH_WINDOW: z.union([z.literal('all'), positive]).optional(),
  /** Days after which an upload that was applied, failed or cancelled is deleted with its bytes and results; 0: never. */
  CRICKSY_RETENTION_DAYS: count.default(0),
  /** Hours between two backups of the database. Originals that no row knows are kept for a week longer. */
  CRICKSY_BACKUP_INTERVAL_HOURS: positive.default(24),
  /** Days for which events are kept. */
  CRICKSY_EVENT_DAYS: positive.default(30),
  /** Days for which a repeated Idempotency-Key finds its upload. */
  CRICKSY_IDEMPOTENCY_DAYS: positive.default(7),
  /** Hours after which an upload that was never completed is cancelled. */
  CRICKSY_INITIATED_EXPIRY_HOURS: positive.default(24),
});
export type GatewayConfig = z.infer<typeof gatewayConfig>;
