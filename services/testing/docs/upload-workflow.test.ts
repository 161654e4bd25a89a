// The lines of docs/UPLOAD_WORKFLOW.md as they stand there, one after the other, on a real server: only its address is another.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { getJson } from '../client.ts';
import { createSystem, type System } from '../system.ts';
import { blocks, page, root } from './pages.ts';

const address = 'http://localhost:8080';

let system: System;
let api = '';
before(async () => {
  system = await createSystem();
  api = await system.open();
});
after(() => system.stop());

test('an upload goes from initiate to applied by the lines of the page', async () => {
  const lines = blocks(page('docs/UPLOAD_WORKFLOW.md'), 'sh').join('\n');
  assert.ok(lines.includes(`api=${address}\n`));
  const script = `set -euo pipefail\n${lines.replaceAll(address, api)}`;
  const env = { PATH: process.env['PATH'], TMPDIR: system.folder };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: root, env });
  assert.match(stdout, /upload\.parsed/);
  // By result, by the call that does it all, and by scan.
  assert.equal(stdout.match(/Triple Six Point Enterprise/g)?.length, 3);
  const { uploads } = await getJson<{ uploads: { status: string; game_id: string | null }[] }>(
    `${api}/api/uploads`,
  );
  assert.deepEqual(
    uploads.map(({ status, game_id }) => [status, game_id]),
    [
      ['parsed', null],
      ['parsed', null],
      ['applied', 'game-7'],
    ],
  );
});
