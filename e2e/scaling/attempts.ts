// What became of the work, by the ledger's own account.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { askLedger, type World } from '../world.ts';

const open = "select count(*) from tasks where status in ('waiting', 'dispatched', 'running')";

/** Until nothing waits and nothing is read. */
export async function drained(world: World, seconds = 300): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(1000)) {
    if ((await askLedger(world, open)) === '0') return;
  }
  assert.fail('there is work left');
}

/** Attempts begun so far; a mark for `noneDisturbed`. */
export async function now(world: World): Promise<string> {
  return askLedger(world, 'select clock_timestamp()');
}

/** Every attempt since then has ended well: no scale-down took work away. Resolves with their number. */
export async function noneDisturbed(world: World, since: string): Promise<number> {
  const ends = await askLedger(
    world,
    `select coalesce(json_object_agg(outcome, n), '{}') from (select coalesce(outcome, 'open') as outcome, count(*) as n
       from attempts where started_at >= '${since}' group by 1) as ends`,
  );
  const { done = 0, ...others } = JSON.parse(ends) as Record<string, number>;
  assert.deepEqual(others, {}, `attempts that did not end well: ${ends}`);
  assert.ok(done > 0);
  return done;
}
