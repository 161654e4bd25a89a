// Former versions and unfinished multipart uploads go by themselves; what is current goes only
// when we delete it.
import { isDeepStrictEqual } from 'node:util';
import {
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import type { Bucket } from './create.ts';
import { changed, type Finding, orNone, step, unchanged, wrong } from './finding.ts';

const id = 'cricksy-ocr';
const prefixes = ['uploads/', 'results/', 'ledger/'];
const abandonedDays = 7;

export function expireVersions({ client, name }: Bucket, days: number): Promise<Finding> {
  const permission = 's3:GetLifecycleConfiguration and s3:PutLifecycleConfiguration';
  return step('lifecycle', permission, async () => {
    const ask = new GetBucketLifecycleConfigurationCommand({ Bucket: name });
    const present = (await orNone(() => client.send(ask)))?.Rules ?? [];
    const detail = `former versions go after ${Math.max(1, days)} days, unfinished parts after ${abandonedDays}`;
    const rules = withOurRule(present, days);
    const deleting = deletesOurs(present);
    if (deleting) {
      const mend =
        'remove it, or limit it to a prefix that is not ours; CRICKSY_RETENTION_DAYS is for this';
      return wrong(`the rule ${deleting.ID ?? ''} deletes uploads behind our back`, mend);
    }
    if (isDeepStrictEqual(rules, present)) return unchanged(detail);
    const LifecycleConfiguration = { Rules: rules };
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: name, LifecycleConfiguration }),
    );
    return changed(detail);
  });
}

/** Rules that others made stay as they are. */
export function withOurRule(present: readonly LifecycleRule[], days: number): LifecycleRule[] {
  const ours: LifecycleRule = {
    ID: id,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: abandonedDays },
    NoncurrentVersionExpiration: { NoncurrentDays: Math.max(1, days) },
    Expiration: { ExpiredObjectDeleteMarker: true },
  };
  const index = present.findIndex((rule) => rule.ID === id);
  if (index < 0) return [...present, ours];
  return present.map((rule, at) => (at === index ? { ...rule, ...ours } : rule));
}

/** A rule of somebody that takes current objects of ours away. */
export function deletesOurs(rules: readonly LifecycleRule[]): LifecycleRule | undefined {
  return rules.find(({ ID, Status, Expiration, Filter, Prefix }) => {
    if (ID === id || Status !== 'Enabled') return false;
    if (Expiration?.Days === undefined && Expiration?.Date === undefined) return false;
    // Those by tag or size leave us alone: we set no tags.
    if (Filter?.Tag || Filter?.And?.Tags) return false;
    const prefix = Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
    return prefixes.some((one) => one.startsWith(prefix) || prefix.startsWith(one));
  });
}
