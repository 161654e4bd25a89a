// What became of the work, by the ledger's own account.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { askLedger, type World } from '../world.ts';

const open = "select count(*) from tasks where status in ('waiting', 'dispatched', 'running')";

/** Until nothing waits and nothing is read. */
export async function drained(world: World, seconds = 600): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(1000)) {
    if ((await askLedger(world, open)) === '0') return;
  }
  assert.fail('there is work left');
}

/** Attempts begun so far; a mark for `noneDisturbed`. */
export async function now(world: World): Promise<string> {
  return askLedger(world, 'select clock_timestamp()');
}

/**
 * No attempt since then was taken from a worker that went, from the moment on at which it was drained; one
 * that never was drained may have lost none. Others may be lost: on a busy machine a lease can end.
 */
export async function noneDisturbed(world: World, since: string): Promise<string> {
  const attempts = await askLedger(
    world,
    `select json_build_object(
        'done', count(*) filter (where outcome = 'done'),
        'others', count(*) filter (where outcome <> 'done'),
        'disturbed', count(*) filter (where outcome is distinct from 'done'
           and (workers.state = 'stopped' or heartbeat_at < now() - interval '1 minute')
           and coalesce(ended_at, now()) >= coalesce(drained_at, workers.started_at)))
       from attempts join workers on workers.id = worker_id where attempts.started_at >= '${since}'`,
  );
  const { done, others, disturbed } = JSON.parse(attempts) as Record<string, number>;
  assert.equal(disturbed, 0, attempts);
  return `${done} attempts done, ${others} ended otherwise, none by a scale-down`;
}
