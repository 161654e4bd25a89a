import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError, readConfig, shared } from './config.ts';

const schema = z.object(shared);
const enough = {
  DATABASE_URL: 'postgresql://localhost/cricksy',
  CRICKSY_OBJECTS_DIR: '/objects',
};

function mistakesOf(env: NodeJS.ProcessEnv): string {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

test('every mistake is named in one start, and no value is shown', () => {
  const message = mistakesOf({
    DATABASE_URL: 'mysql://someone:hush@localhost/x',
    CRICKSY_BROKER_URL: 'redis://:hush@localhost:6379/0',
    CRICKSY_BROKER_PORT: '99999',
    CRICKSY_BROKER_CERT: 'hush',
    CRICKSY_BROKER_PASSWORD_FILE: '/nowhere/hush-file',
    LOG_LEVEL: 'loud',
  });
  for (const name of [
    'DATABASE_URL',
    'CRICKSY_BROKER_URL',
    'CRICKSY_BROKER_PORT',
    'CRICKSY_BROKER_CERT: has no effect without CRICKSY_BROKER_KEY',
    'CRICKSY_BROKER_PASSWORD_FILE',
    'LOG_LEVEL',
  ]) {
    assert.ok(message.includes(`\n  ${name}`), `${name} in ${message}`);
  }
  assert.ok(!/hush(?!-file)/.test(message), message);
});

test('a broker setting without a broker is a mistake, not a silent other broker', () => {
  const message = mistakesOf({ ...enough, CRICKSY_BROKER_USER: 'me', CRICKSY_BROKER_TLS: 'true' });
  assert.match(message, /CRICKSY_BROKER_USER: has no effect without CRICKSY_BROKER_URL or/);
  assert.match(message, /CRICKSY_BROKER_TLS: has no effect/);
  assert.equal(mistakesOf({ ...enough, CRICKSY_BROKER_HOST: 'r', CRICKSY_BROKER_USER: 'me' }), '');
});

test('a value comes from a file when NAME_FILE names one', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cricksy-config-'));
  try {
    const file = path.join(folder, 'password');
    writeFileSync(file, 'from the file\n');
    const config = readConfig(schema, {
      ...enough,
      CRICKSY_BROKER_HOST: 'rabbit',
      CRICKSY_BROKER_PASSWORD: 'from the environment',
      CRICKSY_BROKER_PASSWORD_FILE: file,
    });
    assert.equal(config.CRICKSY_BROKER_PASSWORD, 'from the file');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
