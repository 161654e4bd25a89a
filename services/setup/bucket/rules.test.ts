// What no store at hand implements is tested on the rules themselves.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LifecycleRule } from '@aws-sdk/client-s3';
import { withOurRule as withCors } from './cors.ts';
import { deletesOurs, withOurRule } from './lifecycle.ts';

describe('a lifecycle', () => {
  const theirs: LifecycleRule = { ID: 'theirs', Status: 'Enabled', Filter: { Prefix: 'logs/' } };

  test('gets our rule beside those of others, once, with the days that are wanted now', () => {
    const first = withOurRule([theirs], 30);
    assert.deepEqual(first[0], theirs);
    assert.equal(first[1]?.NoncurrentVersionExpiration?.NoncurrentDays, 30);
    assert.equal(first[1].Expiration?.Days, undefined);
    assert.deepEqual(withOurRule(first, 30), first);
    const [, changed, ...more] = withOurRule(first, 7);
    assert.equal(changed?.NoncurrentVersionExpiration?.NoncurrentDays, 7);
    assert.deepEqual(more, []);
  });

  const expiring = (rule: Partial<LifecycleRule>): LifecycleRule => ({
    ID: 'old',
    Status: 'Enabled',
    Expiration: { Days: 90 },
    ...rule,
  });
  const dangerous: LifecycleRule[] = [
    expiring({}),
    expiring({ Filter: { Prefix: '' } }),
    expiring({ Filter: { Prefix: 'upl' } }),
    expiring({ Prefix: 'results/2026' }),
    expiring({ Filter: { And: { Prefix: 'uploads/', ObjectSizeGreaterThan: 5 } } }),
  ];
  for (const rule of dangerous) {
    test(`that deletes uploads is noticed: ${JSON.stringify(rule)}`, () => {
      assert.equal(deletesOurs([theirs, rule]), rule);
    });
  }

  test('that leaves uploads alone is not minded', () => {
    const harmless = [
      theirs,
      expiring({ Filter: { Prefix: 'logs/' } }),
      expiring({ Status: 'Disabled' }),
      expiring({ Filter: { Tag: { Key: 'keep', Value: 'no' } } }),
      expiring({ Expiration: { ExpiredObjectDeleteMarker: true } }),
    ];
    assert.equal(deletesOurs(withOurRule(harmless, 30)), undefined);
  });
});

test('a CORS rule in another order is the same rule', () => {
  const [ours] = withCors([], ['https://a.org', 'https://b.org']);
  assert.ok(ours);
  const stored = { ...ours, AllowedMethods: ours.AllowedMethods?.toReversed() };
  assert.deepEqual(withCors([stored], ['https://b.org', 'https://a.org']), [stored]);
  assert.equal(withCors([stored], ['https://c.org'])[0]?.AllowedOrigins?.[0], 'https://c.org');
});
