// Workers as the ledger sees them, one for each pod of a stage: real registrations, heartbeats, claims
// and ends; only the reading is a pause. They stop as a killed pod does: what they hold is given back.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { leaseMs } from '#core/domain/lease.ts';
import type { Database } from '#core/ledger/database.ts';
import { claimTask } from '#core/ledger/tasks/claim.ts';
import { type DispatchedTask, dispatchTasks } from '#core/ledger/tasks/dispatch.ts';
import { finishTask } from '#core/ledger/tasks/finish.ts';
import { giveBackTask } from '#core/ledger/tasks/give-back.ts';
import type { Claim } from '#core/ledger/tasks/task.ts';
import { heartbeat } from '#core/ledger/workers/heartbeat.ts';
import { registerWorker } from '#core/ledger/workers/register.ts';
import { stopWorker } from '#core/ledger/workers/stop.ts';
import { pageRead, pool } from '../../testing/ledger.ts';

export interface Troupe {
  start(name: string): Promise<void>;
  /** Like SIGTERM without a grace period. */
  stop(name: string): Promise<void>;
  /** Names of those that hold something. */
  busy(): string[];
  end(): Promise<void>;
}

interface Member {
  readonly id: string;
  readonly name: string;
  readonly held: Map<string, Claim>;
  drained: boolean;
  stopped: boolean;
}

export interface TroupeOptions {
  readonly db: Database;
  readonly slots: number;
  readonly startMs: number;
  readonly beatMs: number;
  /** What reading one upload takes. */
  readonly readMs: () => number;
  readonly onReadiness: (name: string, ready: boolean) => Promise<void>;
}

export function createTroupe(options: TroupeOptions): Troupe {
  const { db, slots } = options;
  const members = new Map<string, Member>();
  const queue: DispatchedTask[] = [];
  /** What goes on by itself and has to end before the ledger does. */
  const lives: Promise<void>[] = [];
  let ended = false;

  const dispatching = (async () => {
    while (!ended) {
      queue.push(...(await dispatchTasks(db, pool, { size: 'all' })));
      await sleep(50);
    }
  })();

  const read = async (member: Member, task: DispatchedTask): Promise<void> => {
    const { id: workerId, name: workerName } = member;
    const { id: taskId, dispatch } = task;
    const claimed = await claimTask(db, { taskId, dispatch, workerId, workerName, leaseMs });
    if (claimed.kind === 'refused') queue.unshift(task);
    if (claimed.kind !== 'claimed') return;
    const claim = { taskId, attempt: claimed.attempt, workerId };
    member.held.set(taskId, claim);
    await sleep(options.readMs());
    // Else it was given back.
    if (!member.held.delete(taskId)) return;
    await finishTask(db, claim, { pageCount: 1, pages: [pageRead(1)], ranges: [] });
  };

  const slot = async (member: Member): Promise<void> => {
    while (!member.stopped && !ended) {
      const task = member.drained ? undefined : queue.shift();
      if (task) await read(member, task);
      await sleep(20);
    }
  };

  const beat = async (member: Member): Promise<void> => {
    while (!member.stopped && !ended) {
      const runs = [...member.held.keys()];
      const seen = await heartbeat(db, { id: member.id, runs, leaseMs });
      const drained = seen?.drained ?? false;
      if (drained !== member.drained) {
        member.drained = drained;
        await options.onReadiness(member.name, !drained);
      }
      await sleep(options.beatMs);
    }
  };

  return {
    async start(name) {
      await sleep(options.startMs);
      if (ended) return;
      const id = randomUUID();
      const member = { id, name, held: new Map(), drained: false, stopped: false };
      await registerWorker(db, { id, name, pool, slots, engine: 'test', version: '0' });
      members.set(name, member);
      lives.push(beat(member));
      for (let index = 0; index < slots; index++) lives.push(slot(member));
    },
    async stop(name) {
      const member = members.get(name);
      if (!member) return;
      member.stopped = true;
      members.delete(name);
      const held = [...member.held.values()];
      member.held.clear();
      for (const claim of held) await giveBackTask(db, claim);
      await stopWorker(db, member.id);
    },
    busy: () => [...members.values()].filter(({ held }) => held.size > 0).map(({ name }) => name),
    async end() {
      ended = true;
      await dispatching;
      await Promise.all(lives);
    },
  };
}
