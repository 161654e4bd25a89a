// `make dev`: several gateways and workers as processes of their own, on a RabbitMQ and an S3
// server of our own.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { getJson, send, until } from '../testing/client.ts';
import { fixture } from '../testing/fixtures.ts';
import { descendantsOf, isRunning, processesNaming } from '../testing/processes.ts';
import { s3Cache } from '../testing/s3.ts';
import { type Starting, startStandalone } from '../testing/standalone.ts';

describe('two gateways and two workers on one machine', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'cricksy-cluster-'));
  let starting: Starting;
  let urls: string[];
  before(async () => {
    starting = startStandalone({
      CRICKSY_DATA_DIR: home,
      CRICKSY_GATEWAYS: '2',
      CRICKSY_WORKERS: '2',
      CRICKSY_LOCAL_RABBITMQ: 'yes',
      // Meant for another place.
      CRICKSY_BROKER_URL: 'amqp://nobody:x@broker.example.org',
      CRICKSY_BROKER_PASSWORD: 'of another broker',
      ...s3Cache,
      CRICKSY_LOCAL_S3: 'yes',
      CRICKSY_S3_ENDPOINT_URL: 'https://store.example.org',
    });
    const { output } = await starting.open();
    urls = [...output().matchAll(/http:\/\/localhost:\d+/g)].map(([url]) => url).slice(0, 2);
  });
  after(() => {
    for (const pid of processesNaming(home).filter(isRunning)) process.kill(pid, 'SIGKILL');
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  test('each gateway takes uploads and answers for those of the other; RabbitMQ carries the work, S3 the bytes', async () => {
    const [one = '', other = ''] = urls;
    assert.notEqual(one, other);
    const ids = [await send(one, { bytes: fixture('receipt.jpg') })];
    ids.push(await send(other, { bytes: fixture('receipt.jpg') }));
    for (const id of ids) {
      await until(one, id, 'parsed');
      await until(other, id, 'parsed');
    }
    const health = await getJson<{ workers: { active: number } }>(`${one}/api/health`);
    assert.equal(health.workers.active, 2);
    const kept = readdirSync(path.join(home, 's3/objects/cricksy-uploads/uploads'));
    assert.deepEqual(new Set(kept), new Set(ids));
    assert.match(readFileSync(path.join(home, 'rabbitmq/log'), 'utf8'), /cricksy-worker receiving/);
  });

  test('Ctrl-C ends all of it in order', async () => {
    const tree = descendantsOf(starting.pid);
    assert.equal(await starting.kill('SIGINT'), 0);
    assert.deepEqual(tree.filter(isRunning), []);
  });
});
