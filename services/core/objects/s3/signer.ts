// URLs that lead straight to the store, under the address at which clients reach it.
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError } from '../../errors.ts';
import { checkKey } from '../key.ts';
import type { Signer, Store } from '../objects.ts';
import { asked } from './failures.ts';

export interface S3SignerOptions {
  /** Of the public endpoint; it signs and never connects. */
  readonly client: S3Client;
  readonly bucket: string;
  readonly store: Pick<Store, 'head'>;
}

export function createS3Signer({ client, bucket, store }: S3SignerOptions): Signer {
  return {
    presignPut: ({ key, contentType, size, sha256, expiresIn }) =>
      asked(async () => {
        checkKey(key);
        const request = new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          ContentType: contentType,
          ...(size !== undefined && { ContentLength: size }),
          // Part of the query, so that clients need not send it. AWS checks it; stores that do
          // not leave it to `digest`.
          ...(sha256 !== undefined && {
            ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
          }),
        });
        const signableHeaders = new Set(['content-type', 'content-length']);
        return getSignedUrl(client, request, { expiresIn, signableHeaders });
      }),
    presignGet: ({ key, etag, contentType, contentDisposition, expiresIn }) =>
      asked(async () => {
        checkKey(key);
        // A signed If-Match would have to be sent by the client, so it is checked here and now.
        if (etag !== undefined) await confirm(key, etag);
        const request = new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ResponseContentType: contentType,
          ResponseContentDisposition: contentDisposition,
        });
        return getSignedUrl(client, request, { expiresIn });
      }),
  };

  async function confirm(key: string, etag: string): Promise<void> {
    const head = await store.head(key);
    if (!head) throw new AppError('objects.not_found', `there is no object ${key}`);
    if (head.etag !== etag) throw new AppError('upload.changed');
  }
}
