// What clients send straight to the bucket is encrypted by its default.
import { GetBucketEncryptionCommand, PutBucketEncryptionCommand } from '@aws-sdk/client-s3';
import type { Encryption } from '#core/objects/s3/store.ts';
import type { Bucket } from './create.ts';
import { changed, type Finding, orNone, step, unchanged, wrong } from './finding.ts';

export async function encryptByDefault(
  { client, name }: Bucket,
  wanted: Encryption | undefined,
): Promise<Finding> {
  const permission = 's3:GetEncryptionConfiguration and s3:PutEncryptionConfiguration';
  if (!wanted)
    return { what: 'encryption', ...unchanged('as the store does it: CRICKSY_S3_SSE is not set') };
  const { algorithm, keyId } = wanted;
  const finding = await step('encryption', permission, async () => {
    const ask = new GetBucketEncryptionCommand({ Bucket: name });
    const answer = await orNone(() => client.send(ask));
    const [rule] = answer?.ServerSideEncryptionConfiguration?.Rules ?? [];
    const present = rule?.ApplyServerSideEncryptionByDefault;
    if (present?.SSEAlgorithm === algorithm && present.KMSMasterKeyID === keyId) {
      return unchanged(`${algorithm} is its default`);
    }
    const key = keyId === undefined ? {} : { KMSMasterKeyID: keyId };
    const byDefault = { SSEAlgorithm: algorithm, ...key };
    // A bucket key spares a call to KMS for every object.
    const Rules = [
      { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: algorithm === 'aws:kms' },
    ];
    const ServerSideEncryptionConfiguration = { Rules };
    await client.send(
      new PutBucketEncryptionCommand({ Bucket: name, ServerSideEncryptionConfiguration }),
    );
    return changed(`${algorithm} is its default now`);
  });
  if (finding.state !== 'absent') return finding;
  const mend = 'unset CRICKSY_S3_SSE and encrypt the disks below, or take another store';
  return { what: 'encryption', ...wrong('this store has no default for it', mend) };
}
