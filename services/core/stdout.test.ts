import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';

const log = path.join(import.meta.dirname, 'log.ts');

/** Logs ten megabytes, says so on stderr, and ends by itself. */
const talker = `
  import { createLog } from ${JSON.stringify(log)};
  const log = createLog({ service: 'test', level: 'info', format: 'json', secrets: [] });
  for (let line = 0; line < 10_000; line++) log.info({ line, filler: 'x'.repeat(1_000) }, 'said');
  process.stderr.write('done');
  process.exit(3);`;

function talk() {
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', talker], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('a process whose reader is gone goes on and ends', async () => {
  const child = talk();
  child.stdout.destroy();
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 3);
});

test('a slow reader gets every line whole', async () => {
  const child = talk();
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const lines = text.trim().split('\n');
  assert.equal(lines.length, 10_000);
  assert.equal((JSON.parse(lines.at(-1) ?? '') as { line: number }).line, 9_999);
});
