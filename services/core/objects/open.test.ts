import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '../../testing/log.ts';
import { ConfigError, objects, readConfig } from '../config.ts';
import { openSigner, openStore, type PublicConfig } from './open.ts';

const parts = { newId: randomUUID, now: Date.now, log: silentLog };
const configOf = (env: Record<string, string>): PublicConfig => ({
  ...readConfig(z.object(objects), env),
  CRICKSY_OBJECTS_PUBLIC: env['PUBLIC'] === 'gateway' ? 'gateway' : 'direct',
  CRICKSY_S3_PUBLIC_ENDPOINT_URL: env['PUBLIC_ENDPOINT'],
  CRICKSY_SIGNING_SECRET: env['SECRET'],
});
const bucket = {
  CRICKSY_S3_BUCKET: 'cards',
  CRICKSY_S3_ENDPOINT_URL: 'http://store.internal:9000',
};
const keys = { CRICKSY_S3_ACCESS_KEY: 'key', CRICKSY_S3_SECRET_KEY: 'secret' };

async function signed(env: Record<string, string>): Promise<string> {
  const config = configOf(env);
  const signer = await openSigner(config, { ...parts, store: await openStore(config, parts) });
  return signer.presignPut({
    key: 'uploads/1/card.png',
    contentType: 'image/png',
    expiresIn: 60,
    origin: 'https://ocr.example.org',
  });
}

test('clients are sent to the store as it is seen from inside, from outside, or to the gateway', async () => {
  const s3 = { ...bucket, ...keys, SECRET: 'a secret of tests' };
  const inside = await signed(s3);
  assert.ok(inside.startsWith('http://store.internal:9000/cards/uploads/1/card.png?'), inside);
  const outside = await signed({ ...s3, PUBLIC_ENDPOINT: 'https://files.example.org' });
  assert.ok(outside.startsWith('https://files.example.org/cards/uploads/1/card.png?'), outside);
  const through = await signed({ ...s3, PUBLIC: 'gateway' });
  assert.ok(through.startsWith('https://ocr.example.org/objects/uploads/1/card.png?'), through);
});

test('by transfer acceleration where that is the public endpoint', async () => {
  const s3 = { CRICKSY_S3_BUCKET: 'cards', CRICKSY_S3_REGION: 'eu-west-1', ...keys };
  const url = await signed({ ...s3, PUBLIC_ENDPOINT: 'https://s3-accelerate.amazonaws.com' });
  assert.ok(url.startsWith('https://cards.s3-accelerate.amazonaws.com/uploads/1/card.png?'), url);
  assert.match(url, /X-Amz-Credential=key%2F\d+%2Feu-west-1%2Fs3%2F/);
});

test('what is missing is a mistake of the configuration', async () => {
  await assert.rejects(openStore(configOf({}), parts), ConfigError);
  assert.throws(() => configOf({ ...bucket, CRICKSY_S3_ACCESS_KEY: 'key' }), ConfigError);
  await assert.rejects(signed({ ...bucket, ...keys, PUBLIC: 'gateway' }), ConfigError);
});
