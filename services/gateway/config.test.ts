import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '#core/config.ts';
import { gatewayConfig } from './config.ts';

const poolsOf = (CRICKSY_POOLS: string | undefined) =>
  readConfig(gatewayConfig, { DATABASE_URL: 'postgresql://localhost/cricksy', CRICKSY_POOLS })
    .CRICKSY_POOLS;

test('a list of pools that names none is refused: uploads would wait for ever', () => {
  assert.deepEqual(poolsOf(undefined), ['default']);
  assert.deepEqual(poolsOf('fast, big,'), ['fast', 'big']);
  assert.throws(() => poolsOf(' , '), ConfigError);
});
