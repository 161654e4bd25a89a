// Makes a bucket fit, or says what is wrong with one that others made. Doing it again changes nothing.
import type { Log } from '#core/log.ts';
import { s3Connection } from '#core/objects/open.ts';
import { createS3Client } from '#core/objects/s3/client.ts';
import { createS3Signer } from '#core/objects/s3/signer.ts';
import { createS3Store } from '#core/objects/s3/store.ts';
import type { BucketConfig } from '../config.ts';
import { allowOrigins } from './cors.ts';
import { checkPrivate, createBucket } from './create.ts';
import { encryptByDefault } from './encryption.ts';
import type { Finding } from './finding.ts';
import { expireVersions } from './lifecycle.ts';
import { probe } from './probe.ts';
import { keepVersions } from './versioning.ts';

export async function setupBucket(
  config: BucketConfig,
  { newId, log }: { newId: () => string; log: Log },
): Promise<Finding[]> {
  const client = createS3Client(s3Connection(config, log));
  const name = config.CRICKSY_S3_BUCKET;
  const bucket = { client, name, region: config.CRICKSY_S3_REGION };
  try {
    const created = await createBucket(bucket);
    if (created.state === 'wrong') return [created];
    const { CRICKSY_S3_SSE: algorithm, CRICKSY_S3_SSE_KMS_KEY_ID: keyId } = config;
    const encryption = algorithm && { algorithm, keyId };
    const days = config.CRICKSY_S3_NONCURRENT_DAYS;
    const store = createS3Store({ client, bucket: name, encryption, newId });
    const signer = createS3Signer({ client, bucket: name, store });
    return [
      created,
      await checkPrivate(bucket),
      await encryptByDefault(bucket, encryption),
      await allowOrigins(bucket, config.CRICKSY_CORS_ORIGINS),
      await keepVersions(bucket, days),
      await expireVersions(bucket, days),
      ...(await probe({ store, signer, newId })),
    ];
  } finally {
    client.destroy();
  }
}
