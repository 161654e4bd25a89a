import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startProxy, type TcpProxy, targetOf, through } from '../testing/proxy.ts';
import { createTestS3, type TestS3 } from '../testing/s3.ts';
import { lookAtDatabase, lookAtStore, waitFor } from './wait.ts';

let database: TestDatabase;
let s3: TestS3;
let proxy: TcpProxy;
before(async () => {
  database = await createTestDatabase('template0');
  s3 = await createTestS3();
  proxy = await startProxy();
});
after(async () => {
  await proxy.close();
  await s3.drop();
  await database.drop();
});

/** Waits for what lies behind the proxy, which lets through after the first look; what it said meanwhile. */
async function waitBehindProxy(name: string, look: () => Promise<string | undefined>, url: string) {
  const said: string[] = [];
  proxy.set('refuse');
  const waiting = waitFor(name, look, {
    seconds: 30,
    everyMs: 20,
    say(line) {
      said.push(line);
      proxy.aim(targetOf(url));
      proxy.set('forward');
    },
  });
  await waiting;
  return said;
}

test('a database that is still starting is waited for, in one line', async () => {
  const url = through(proxy, database.url);
  const look = () => lookAtDatabase({ url, name: 'test' });
  const said = await waitBehindProxy('database', look, database.url);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^wait {2}for the database: ./);
});

test('so is a store', async () => {
  const said = await waitBehindProxy('store', () => lookAtStore(through(proxy, s3.url)), s3.url);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^wait {2}for the store: ./);
});

test('patience ends; what is there is not waited for', async () => {
  const said: string[] = [];
  const patience = { seconds: 0.1, everyMs: 20, say: (line: string) => said.push(line) };
  await waitFor('kitchen', async () => 'it is closed', patience);
  assert.deepEqual(said, ['wait  for the kitchen: it is closed']);
  await waitFor('kitchen', async () => undefined, { ...patience, seconds: Infinity });
  assert.equal(said.length, 1);
});

test('what waiting does not mend is thrown at once', async () => {
  const url = new URL(database.url);
  url.pathname = '/not-there';
  const look = () => lookAtDatabase({ url: url.href, name: 'test' });
  await assert.rejects(waitFor('database', look, { seconds: 30, say: () => assert.fail() }), {
    code: '3D000',
  });
});
