import { GetBucketVersioningCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { Bucket } from './create.ts';
import { changed, type Finding, step, unchanged } from './finding.ts';

/** What was deleted by mistake can be brought back for `days`; 0: it is gone at once. */
export function keepVersions({ client, name }: Bucket, days: number): Promise<Finding> {
  return step('versioning', 's3:GetBucketVersioning and s3:PutBucketVersioning', async () => {
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: name }));
    const wanted = days > 0 ? 'Enabled' : 'Suspended';
    const detail = days > 0 ? 'former versions are kept' : 'former versions are not kept';
    // A bucket that never had versions says nothing.
    if (Status === wanted || (!Status && days === 0)) return unchanged(detail);
    const VersioningConfiguration = { Status: wanted } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
    return changed(detail);
  });
}
