import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce } from './coalesce.ts';

/** Work whose rounds end one by one, when they are told to. */
function rounds() {
  const open: (() => void)[] = [];
  let begun = 0;
  const work = () => {
    begun += 1;
    return new Promise<void>((resolve) => open.push(resolve));
  };
  return { work, begun: () => begun, end: () => open.shift()?.() };
}

test('who asks while the work runs is served by one more round, however many they are', async () => {
  const { work, begun, end } = rounds();
  const { wake, done } = coalesce(work);
  wake();
  for (let count = 0; count < 5; count++) wake();
  assert.equal(begun(), 1);
  end();
  await new Promise(setImmediate);
  assert.equal(begun(), 2);
  end();
  await done();
  assert.equal(begun(), 2);
  wake();
  assert.equal(begun(), 3);
  end();
  await done();
});

test('beyond the pace those who ask are gathered', async (t) => {
  // Waiting keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.after(() => clearInterval(alive));
  let begun = 0;
  const work = async () => {
    begun += 1;
  };
  const { wake, done } = coalesce(work, { atOnce: 2, everyMs: 300 });
  for (let count = 0; count < 2; count++) {
    wake();
    await done();
  }
  assert.equal(begun, 2);
  for (let count = 0; count < 10; count++) wake();
  assert.equal(begun, 2, 'the third has to wait');
  await done();
  assert.equal(begun, 3);
});
