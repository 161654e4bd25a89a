import { z } from 'zod';
import { count, list, shared } from '#core/config.ts';

/** The same settings as the gateway's, so that one environment serves both. */
export const databaseConfig = z.object({
  DATABASE_URL: shared.DATABASE_URL,
  CRICKSY_DATABASE_PASSWORD: shared.CRICKSY_DATABASE_PASSWORD,
  CRICKSY_DATABASE_DIRECT_URL: shared.CRICKSY_DATABASE_DIRECT_URL,
});

export const bucketConfig = z.object({
  CRICKSY_S3_BUCKET: z.string().min(3),
  CRICKSY_S3_REGION: shared.CRICKSY_S3_REGION,
  CRICKSY_S3_ENDPOINT_URL: shared.CRICKSY_S3_ENDPOINT_URL,
  CRICKSY_S3_PATH_STYLE: shared.CRICKSY_S3_PATH_STYLE,
  CRICKSY_S3_ACCESS_KEY: shared.CRICKSY_S3_ACCESS_KEY,
  CRICKSY_S3_SECRET_KEY: shared.CRICKSY_S3_SECRET_KEY,
  CRICKSY_S3_SSE: shared.CRICKSY_S3_SSE,
  CRICKSY_S3_SSE_KMS_KEY_ID: shared.CRICKSY_S3_SSE_KMS_KEY_ID,
  /** Origins whose pages may send bytes straight to the bucket, separated by commas; `*` for all. */
  CRICKSY_CORS_ORIGINS: list.default([]),
  /** Days for which deleted bytes can be brought back from a versioned bucket; 0: none are kept. */
  CRICKSY_S3_NONCURRENT_DAYS: count.default(30),
});
export type BucketConfig = z.infer<typeof bucketConfig>;

export const backupConfig = z.object({
  CRICKSY_OBJECTS_DIR: shared.CRICKSY_OBJECTS_DIR,
  CRICKSY_S3_BUCKET: shared.CRICKSY_S3_BUCKET,
  CRICKSY_S3_REGION: shared.CRICKSY_S3_REGION,
  CRICKSY_S3_ENDPOINT_URL: shared.CRICKSY_S3_ENDPOINT_URL,
  CRICKSY_S3_PATH_STYLE: shared.CRICKSY_S3_PATH_STYLE,
  CRICKSY_S3_ACCESS_KEY: shared.CRICKSY_S3_ACCESS_KEY,
  CRICKSY_S3_SECRET_KEY: shared.CRICKSY_S3_SECRET_KEY,
  CRICKSY_S3_SSE: shared.CRICKSY_S3_SSE,
  CRICKSY_S3_SSE_KMS_KEY_ID: shared.CRICKSY_S3_SSE_KMS_KEY_ID,
  /** A dump of the database in pg_dump's custom format. */
  CRICKSY_BACKUP_FILE: z.string().min(1),
});
