// Browsers send bytes straight to the bucket only where it allows the page's origin.
import { isDeepStrictEqual } from 'node:util';
import {
  type CORSRule,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
} from '@aws-sdk/client-s3';
import type { Bucket } from './create.ts';
import { changed, type Finding, orNone, step, unchanged } from './finding.ts';

const id = 'cricksy-ocr';

export function allowOrigins(
  { client, name }: Bucket,
  origins: readonly string[],
): Promise<Finding> {
  return step('cors', 's3:GetBucketCORS and s3:PutBucketCORS', async () => {
    const answer = await orNone(() => client.send(new GetBucketCorsCommand({ Bucket: name })));
    const present = answer?.CORSRules ?? [];
    const rules = withOurRule(present, origins);
    if (isDeepStrictEqual(rules, present)) return unchanged(describe(origins));
    if (rules.length === 0) {
      await client.send(new DeleteBucketCorsCommand({ Bucket: name }));
      return changed(describe(origins));
    }
    const request = { Bucket: name, CORSConfiguration: { CORSRules: rules } };
    await client.send(new PutBucketCorsCommand(request));
    return changed(describe(origins));
  });
}

/** Rules that others made stay as they are. */
export function withOurRule(present: readonly CORSRule[], origins: readonly string[]): CORSRule[] {
  const others = present.filter((rule) => rule.ID !== id);
  if (origins.length === 0) return others;
  const [old] = present.filter((rule) => rule.ID === id);
  const ours: CORSRule = {
    ID: id,
    AllowedMethods: ['GET', 'PUT', 'HEAD'],
    AllowedOrigins: [...origins],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 3600,
  };
  if (old && sameRule(old, ours)) return [...present];
  return [...others, ours];
}

function sameRule(one: CORSRule, other: CORSRule): boolean {
  // Stores give lists back in an order of their own.
  const unordered = (rule: CORSRule) =>
    Object.fromEntries(
      Object.entries(rule).map(([key, value]) => [
        key,
        Array.isArray(value) ? new Set(value) : value,
      ]),
    );
  return isDeepStrictEqual(unordered(one), unordered(other));
}

function describe(origins: readonly string[]): string {
  if (origins.length > 0) return `pages of ${origins.join(', ')} may send and fetch`;
  return 'no page may send straight to it: CRICKSY_CORS_ORIGINS names none';
}
