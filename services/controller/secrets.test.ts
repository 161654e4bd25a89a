// What gives access is in no line of a controller's log, as in none of the others'.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

/** Nobody listens on port 1: the controller starts, and waits. */
const kubeconfig = JSON.stringify({
  'current-context': 'here',
  contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
  clusters: [{ name: 'here', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'me', user: {} }],
});

test('a controller blots the secrets of its settings out of its log', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cricksy-secrets-'));
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig);
  const password = 'a-password-of-ours';
  const controller = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts')], {
    env: {
      KUBECONFIG: file,
      DATABASE_URL: 'postgresql://ocr@127.0.0.1:1/ocr',
      CRICKSY_DATABASE_PASSWORD: password,
      CRICKSY_NAMESPACE: 'nowhere',
      // It stands in every line, so what is blotted out can be seen.
      CRICKSY_CONTROLLER_ID: password,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(controller, 'exit');
  try {
    const [line] = await once(createInterface(controller.stdout), 'line');
    const { controller: name, service } = JSON.parse(String(line));
    assert.deepEqual({ name, service }, { name: '[redacted]', service: 'controller' });
  } finally {
    controller.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  }
});
