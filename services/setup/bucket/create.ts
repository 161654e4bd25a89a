import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketPolicyStatusCommand,
  HeadBucketCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { failureOf } from '#core/objects/s3/failures.ts';
import { changed, type Finding, orNone, step, unchanged, wrong } from './finding.ts';

export interface Bucket {
  readonly client: S3Client;
  readonly name: string;
  readonly region: string;
}

export function createBucket({ client, name, region }: Bucket): Promise<Finding> {
  return step('bucket', 's3:ListBucket and s3:CreateBucket', async () => {
    try {
      const seen = await orNone(() => client.send(new HeadBucketCommand({ Bucket: name })));
      if (seen) return unchanged(`${name} is there`);
    } catch (error) {
      // 301: it lies elsewhere. 403 says as little as it can, most often that it is somebody else's.
      if (failureOf(error).status === 301) {
        return wrong(`${name} lies in another region`, 'set CRICKSY_S3_REGION to it');
      }
      if (failureOf(error).status === 403) {
        const mend =
          'allow s3:ListBucket, or take another name: buckets of AWS share one namespace';
        return wrong(`${name} is closed to our credentials`, mend);
      }
      throw error;
    }
    const elsewhere = region !== 'us-east-1' && {
      CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
    };
    await client.send(new CreateBucketCommand({ Bucket: name, ...elsewhere }));
    return changed(`${name} was created`);
  });
}

export function checkPrivate({ client, name }: Bucket): Promise<Finding> {
  return step('privacy', 's3:GetBucketPolicyStatus', async () => {
    const ask = new GetBucketPolicyStatusCommand({ Bucket: name });
    const status = await orNone(() => client.send(ask));
    if (!status?.PolicyStatus?.IsPublic) return unchanged('no policy opens it to the public');
    const mend = 'remove the statement for everybody from the policy of the bucket';
    return wrong('its policy lets anybody in', mend);
  });
}
