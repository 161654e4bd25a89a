// The store and the URLs that the configuration asks for. What speaks S3 is loaded only where there
// is a bucket: 30 MB of each process that needs none.
import { ConfigError, type ObjectsConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { openFilesystem } from './filesystem.ts';
import { createGatewaySigner } from './gateway-signer.ts';
import type { Signer, Store } from './objects.ts';
import type { S3Connection } from './s3/client.ts';

interface Dependencies {
  readonly newId: () => string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** A bucket when one is named, else a folder. A store that is away is no error here. */
export async function openStore(
  config: ObjectsConfig,
  { newId, now, log }: Dependencies,
): Promise<Store> {
  const { CRICKSY_S3_BUCKET: bucket, CRICKSY_OBJECTS_DIR: directory } = config;
  if (bucket) {
    const { CRICKSY_S3_SSE: algorithm, CRICKSY_S3_SSE_KMS_KEY_ID: keyId } = config;
    const encryption = algorithm && { algorithm, keyId };
    const { createS3Client } = await import('./s3/client.ts');
    const { createS3Store } = await import('./s3/store.ts');
    return createS3Store({
      client: createS3Client(s3Connection(config, log)),
      bucket,
      encryption,
      newId,
    });
  }
  if (directory) return openFilesystem({ directory, newId, now });
  throw new ConfigError(['CRICKSY_S3_BUCKET or CRICKSY_OBJECTS_DIR: one of them has to be set']);
}

export interface PublicConfig extends ObjectsConfig {
  readonly CRICKSY_OBJECTS_PUBLIC: 'direct' | 'gateway';
  readonly CRICKSY_S3_PUBLIC_ENDPOINT_URL?: string | undefined;
  readonly CRICKSY_SIGNING_SECRET?: string | undefined;
}

/** Straight to the bucket, or through the gateway, as it has to be for a folder. */
export async function openSigner(
  config: PublicConfig,
  { store, now, log }: Pick<Dependencies, 'now' | 'log'> & { readonly store: Store },
): Promise<Signer> {
  const { CRICKSY_S3_BUCKET: bucket, CRICKSY_SIGNING_SECRET: secret } = config;
  if (bucket && config.CRICKSY_OBJECTS_PUBLIC === 'direct') {
    const connection = s3Connection(config, log);
    const endpoint = config.CRICKSY_S3_PUBLIC_ENDPOINT_URL ?? connection.endpoint;
    const { createS3Client } = await import('./s3/client.ts');
    const { createS3Signer } = await import('./s3/signer.ts');
    return createS3Signer({ client: createS3Client({ ...connection, endpoint }), bucket, store });
  }
  if (secret) return createGatewaySigner({ secret, now });
  throw new ConfigError([
    'CRICKSY_SIGNING_SECRET: is needed for URLs that lead through the gateway',
  ]);
}

export function s3Connection(config: ObjectsConfig, log: Log): S3Connection {
  const endpoint = config.CRICKSY_S3_ENDPOINT_URL;
  const { CRICKSY_S3_ACCESS_KEY: accessKeyId, CRICKSY_S3_SECRET_KEY: secretAccessKey } = config;
  return {
    endpoint,
    region: config.CRICKSY_S3_REGION,
    pathStyle: config.CRICKSY_S3_PATH_STYLE ?? endpoint !== undefined,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    log,
  };
}
