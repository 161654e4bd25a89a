// Shows the ledger that this worker lives, and learns from it what the worker may do: drain,
// go on, stop what is no longer its own.
import type { Database } from '#core/ledger/database.ts';
import { heartbeat } from '#core/ledger/workers/heartbeat.ts';
import type { Log } from '#core/log.ts';
import type { Intake } from './intake.ts';
import type { Running } from './running.ts';

export interface Heartbeat {
  /** Beats now, besides the regular ones: after a change that others wait for. */
  beat(): Promise<void>;
  drained(): boolean;
  /** From now on the intake stays closed, whatever the ledger says: the worker leaves. */
  keepClosed(): void;
  stop(): Promise<void>;
}

export function startHeartbeat(deps: {
  readonly db: Database;
  readonly workerId: string;
  readonly intervalMs: number;
  readonly leaseMs: number;
  readonly running: Running;
  readonly intake: Intake;
  /** Again: the ledger was restored, or forgot a worker that was silent for a day. */
  readonly register: () => Promise<void>;
  /** False: OCR is switched off, the worker lives and takes nothing. */
  readonly enabled: boolean;
  /** Somebody may wait for it: a scaler, to end this worker. */
  readonly onDrained: () => void;
  readonly log: Log;
}): Heartbeat {
  let drained = false;
  let finishing = false;
  let stopped = false;
  let mayOpen = deps.enabled;
  let current: Promise<void> = Promise.resolve();

  const beatOnce = async (): Promise<void> => {
    if (stopped) return;
    const asked = new Date();
    try {
      const beat = await heartbeat(deps.db, {
        id: deps.workerId,
        runs: deps.running.all().map((task) => task.claim.taskId),
        leaseMs: deps.leaseMs,
      });
      if (!beat) {
        deps.log.warn({}, 'the ledger does not know this worker, it is told again');
        await deps.register();
        return beatOnce();
      }
      if (beat.drained && !drained) deps.onDrained();
      drained = beat.drained;
      if (beat.state === 'draining' && !drained) beatWhenIdle();
      deps.running.keepOnly(beat.held, asked);
      const wanted = beat.state === 'active' && mayOpen ? 'open' : 'closed';
      if (deps.intake.state !== wanted && !stopped) await deps.intake.set(wanted);
    } catch (error) {
      // Leases may end meanwhile; every effect is fenced, so the reading simply goes on.
      deps.log.warn({ error }, 'heartbeat failed');
    }
  };

  /** Who waits for a drain need not wait for the next regular beat as well. */
  const beatWhenIdle = () => {
    if (finishing || deps.running.all().length === 0) return;
    finishing = true;
    void deps.running.idle().then(() => {
      finishing = false;
      return beat();
    });
  };

  const beat = () => {
    current = current.then(beatOnce);
    return current;
  };
  const timer = setInterval(() => void beat(), deps.intervalMs);

  return {
    beat,
    drained: () => drained,
    keepClosed() {
      mayOpen = false;
    },
    stop() {
      stopped = true;
      clearInterval(timer);
      return current;
    },
  };
}
