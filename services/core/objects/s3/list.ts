import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ListedObject } from '../objects.ts';
import { answerMs, within } from './client.ts';
import { asked } from './failures.ts';

/** What lies below `prefix`, in ascending order of keys, by the pages (of up to 1000) in which the store tells it. */
export async function* listPages({
  client,
  bucket,
  prefix,
}: {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
}): AsyncGenerator<ListedObject[]> {
  let after: string | undefined;
  do {
    const request = { Bucket: bucket, Prefix: prefix, ...(after && { ContinuationToken: after }) };
    const page = await asked(() =>
      client.send(new ListObjectsV2Command(request), within(answerMs)),
    );
    yield (page.Contents ?? []).map(({ Key, Size, LastModified }) => ({
      key: Key ?? '',
      size: Size ?? 0,
      modifiedAt: LastModified ?? new Date(0),
    }));
    after = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (after);
}
