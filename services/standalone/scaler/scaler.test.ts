// A burst on one machine: worker processes come, and go again without a task being lost to it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { ScaledPool } from '#core/autoscaler-messages.ts';
import type { WorkerEntry } from '#core/operation-messages.ts';
import { detailOf, eventually, getJson, send, until } from '../../testing/client.ts';
import { fixture } from '../../testing/fixtures.ts';
import { descendantsOf, isRunning, processesNaming } from '../../testing/processes.ts';
import { type Starting, startStandalone } from '../../testing/standalone.ts';
import type { Running } from '../../testing/system.ts';

let home = '';
let starting: Starting;
let one: Running;
before(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'cricksy-scaler-'));
  await open();
});
after(async () => {
  const tree = [starting.pid, ...descendantsOf(starting.pid)];
  for (const pid of [...tree, ...processesNaming(home)].filter(isRunning)) {
    process.kill(pid, 'SIGKILL');
  }
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

async function open(): Promise<void> {
  starting = startStandalone({
    CRICKSY_DATA_DIR: path.join(home, 'data'),
    CRICKSY_MAX_WORKERS: '3',
  });
  one = await starting.open();
}

const receipt = { bytes: fixture('receipt.jpg') };
const workers = async () =>
  (await getJson<{ workers: WorkerEntry[] }>(`${one.url}/api/workers`)).workers;
async function scaled(): Promise<ScaledPool> {
  const { pools } = await getJson<{ pools: ScaledPool[] }>(`${one.url}/api/autoscaler`);
  assert.ok(pools[0]);
  return pools[0];
}

async function changes(): Promise<ScaledPool['decisions']> {
  const path = '/api/autoscaler/decisions?pool=default&changed=true';
  return (await getJson<Pick<ScaledPool, 'decisions'>>(`${one.url}${path}`)).decisions;
}
const drained = async () => (await changes()).flatMap((decision) => decision.drained);

test('a burst starts workers, the end of it ends all but one, and no attempt is given back or lost', async () => {
  assert.match(one.output(), /1 slot, up to 3 when much waits, data/);
  assert.equal((await workers()).length, 1);
  const ids: string[] = [];
  for (let n = 0; n < 60; n++) ids.push(await send(one.url, receipt));
  await eventually(async () => ((await workers()).length === 3 ? true : undefined));
  for (const id of ids) await until(one.url, id, 'parsed');
  // A worker that is not needed is kept for a while, then drained, then ended.
  await eventually(async () => ((await drained()).length === 2 ? true : undefined));
  const [last] = await eventually(async () => {
    const left = await workers();
    return left.length === 1 && left[0]?.state === 'active' ? left : undefined;
  });
  assert.ok(last);

  const outcomes = new Set<string | null>();
  const readers = new Set<string>();
  for (const id of ids) {
    for (const attempt of (await detailOf(one.url, id)).attempts_log) {
      outcomes.add(attempt.outcome);
      readers.add(attempt.worker);
    }
  }
  assert.deepEqual(outcomes, new Set(['done']));
  assert.ok(readers.size > 1, 'those that came have read as well');
  const { terminated_while_busy: terminated, scale_downs: downs } = await scaled();
  assert.equal(terminated, 0);
  assert.equal(
    downs.reduce((sum, down) => sum + down.from - down.to, 0),
    2,
  );
  for (const { chosen, went } of downs) assert.deepEqual(went, chosen);
});

test('every change is explained', async () => {
  const up = (await changes()).at(-1);
  assert.ok(up && up.wanted > up.previous && up.inputs['backlogTasks']);
  assert.match(up.formula, /^ceil\(/);
  assert.ok(up.shadow && up.sentence.length > 0);
  assert.equal(new Set(await drained()).size, 2);
});

test('killed in the middle of a burst it goes on at the next start, and blames no scale-down for what was lost', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 40; n++) ids.push(await send(one.url, receipt));
  await eventually(async () => ((await workers()).length > 1 ? true : undefined));
  await one.kill('SIGKILL');
  await open();
  for (const id of ids) await until(one.url, id, 'parsed');
  assert.equal((await scaled()).terminated_while_busy, 0);
});

test('Ctrl-C ends all of it', async () => {
  await until(one.url, await send(one.url, receipt), 'parsed');
  const tree = descendantsOf(one.pid);
  assert.equal(await one.kill('SIGINT'), 0);
  assert.deepEqual(tree.filter(isRunning), []);
});
