// The same settings as the gateway's, so that one environment serves both.
import { z } from 'zod';
import { count, database, list, objects } from '#core/config.ts';

export const databaseConfig = z.object(database);

const { CRICKSY_OBJECTS_DIR: _folder, ...s3 } = objects;

export const bucketConfig = z.object({
  ...s3,
  CRICKSY_S3_BUCKET: z.string().min(3),
  /** Origins whose pages may send bytes straight to the bucket, separated by commas; `*` for all. */
  CRICKSY_CORS_ORIGINS: list.default([]),
  /** Days for which deleted bytes can be brought back from a versioned bucket; 0: none are kept. */
  CRICKSY_S3_NONCURRENT_DAYS: count.default(30),
});
export type BucketConfig = z.infer<typeof bucketConfig>;

export const backupConfig = z.object({
  ...objects,
  /** A dump of the database in pg_dump's custom format. */
  CRICKSY_BACKUP_FILE: z.string().min(1),
});
