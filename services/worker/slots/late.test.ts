import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as afterPoll, setTimeout as sleep } from 'node:timers/promises';
import { whenLate } from './late.ts';

/** Nothing is heard meanwhile. */
function stop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('who does not answer is late', async () => {
  const late = Promise.withResolvers<void>();
  whenLate(1, late.resolve);
  await late.promise;
});

test('an answer that lies there is heard, however late we come to it ourselves', async (t) => {
  const answers = `process.on('message', () => process.send('answer')); process.send('ready');`;
  const child = spawn(process.execPath, ['-e', answers], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  const heard: string[] = [];
  const late = whenLate(10, () => heard.push('late'));
  child.once('message', (answer) => {
    late.callOff();
    heard.push(String(answer));
  });
  child.send('question');
  await afterPoll(); // the loop goes on with its timers
  stop(2_000);
  await sleep(50);
  assert.deepEqual(heard, ['answer']);
});
