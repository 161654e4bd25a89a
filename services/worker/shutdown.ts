// How a worker leaves: takes nothing more, finishes what fits in the grace period, gives the
// rest back for others to read.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '#core/log.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Intake } from './intake.ts';
import type { Running } from './running.ts';

/** Resolves when nothing is running any more. Heartbeats go on meanwhile: leases are still needed. */
export async function leave(deps: {
  readonly heartbeat: Pick<Heartbeat, 'keepClosed'>;
  readonly intake: Intake;
  readonly running: Running;
  readonly patienceMs: number;
  readonly log: Log;
}): Promise<void> {
  const { running, log } = deps;
  deps.heartbeat.keepClosed();
  await deps.intake.set('closed');
  const done = new AbortController();
  const patience = sleep(deps.patienceMs, 'late' as const, { signal: done.signal });
  patience.catch(() => {});
  const winner = await Promise.race([running.idle(), patience]);
  done.abort();
  if (winner !== 'late') return;
  log.warn({ tasks: running.all().length }, 'giving tasks back');
  running.giveBackAll();
  await running.idle();
}
