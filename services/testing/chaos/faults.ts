// What each fault of the schedule does to the system, and how it is healed.
import { setTimeout as sleep } from 'node:timers/promises';
import { toAppError } from '#core/errors.ts';
import type { Excuse } from './evidence.ts';
import type { Injected } from './report.ts';
import { type Fault, lengthOf, type Planned } from './schedule.ts';
import type { World } from './world.ts';

/** SIGTERM to SIGKILL when workers are rolled: less than a page of a long scan may need. */
const rollGraceMs = 2_000;

export interface Campaign {
  readonly injected: Injected[];
  readonly excuses: Excuse[];
}

/** Injects everything at its time; resolves when the last fault is healed. */
export async function inject(plan: readonly Planned[], world: World): Promise<Campaign> {
  const campaign: Campaign = { injected: [], excuses: [] };
  const started = performance.now();
  // A part that is still on its way back is not taken away again.
  const turns = new Map<string, Promise<void>>();
  let alone = 0;
  for (const { atMs, fault } of plan) {
    await sleep(Math.max(0, atMs - (performance.now() - started)));
    const part = partOf(fault) ?? `alone ${alone++}`;
    const turn = turns.get(part) ?? Promise.resolve();
    turns.set(
      part,
      turn.then(() => injectOne(fault, world, campaign)),
    );
  }
  await Promise.all(turns.values());
  return campaign;
}

function partOf({ kind }: Fault): string | undefined {
  return /^(?:stop|kill|wipe)-(broker|ledger|store)$/.exec(kind)?.[1];
}

async function injectOne(fault: Fault, world: World, campaign: Campaign): Promise<void> {
  const from = Date.now();
  const done = (until: number) => {
    campaign.injected.push({ fault, from, until });
    for (const worker of excused(fault, world)) campaign.excuses.push({ worker, from, until });
  };
  switch (fault.kind) {
    case 'kill-engine':
      world.worker(fault.member).killChild();
      return done(from);
    case 'blip': {
      const link = world.link(fault.member, fault.target);
      link.set('refuse');
      link.set('forward');
      return done(Date.now());
    }
    case 'kill-worker':
      await world.worker(fault.member).kill();
      return done(Date.now());
    case 'kill-gateway':
      await world.gateway(fault.member).kill();
      return done(Date.now());
    case 'pause-worker':
      await holdsSomething(world, fault.member);
      await world.worker(fault.member).pause(fault.ms);
      return done(Date.now());
    case 'roll-workers':
      for (const worker of world.workers) await worker.restart(rollGraceMs);
      return done(Date.now());
    default:
      await during(fault, world);
      return done(Date.now());
  }
}

/** Only a worker that holds a task becomes a zombie; whoever gets none for 10 s is stopped idle. */
async function holdsSomething({ db, worker }: World, member: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    try {
      const [held] = await db.query(
        `select from tasks join workers on workers.id = tasks.worker_id
          where tasks.status = 'running' and workers.name = $1 limit 1`,
        [worker(member).name],
      );
      if (held) return;
    } catch (error) {
      // Another fault has taken the ledger away.
      if (toAppError(error).code !== 'ledger.unavailable') throw error;
    }
    await sleep(20);
  }
}

type Lasting =
  | Extract<Fault, { kind: 'cut' | 'slow' }>
  | Exclude<Fault, { member: unknown } | { kind: 'roll-workers' }>;

async function during(fault: Lasting, world: World): Promise<void> {
  const wait = () => sleep(lengthOf(fault));
  switch (fault.kind) {
    case 'cut':
    case 'slow': {
      const link = world.link(fault.member, fault.target);
      link.set(fault.kind === 'cut' ? 'refuse' : 'slow');
      await wait();
      return link.set('forward');
    }
    case 'stop-broker':
      await world.broker.stop();
      await wait();
      return world.broker.start();
    case 'kill-broker':
      await world.broker.kill();
      await wait();
      return world.broker.start();
    case 'wipe-broker':
      await world.broker.kill();
      await wait();
      return world.broker.startWiped();
    case 'kill-ledger':
      await world.ledger.kill();
      await wait();
      return world.ledger.start();
    case 'stop-store':
      await world.store.stop();
      await wait();
      return world.store.start();
  }
}

/**
 * Whose tasks may pass on because of a fault. A worker that its broker cannot reach does not
 * answer a ping, which the next one takes for its end; the fence sees to the rest.
 */
function excused(fault: Fault, world: World): readonly string[] {
  const all = () => world.workers.map((worker) => worker.name);
  switch (fault.kind) {
    case 'kill-worker':
    case 'pause-worker':
      return [`worker-${fault.member}`];
    case 'roll-workers':
    case 'kill-ledger':
    case 'stop-broker':
    case 'kill-broker':
    case 'wipe-broker':
      return all();
    case 'cut':
    case 'slow':
      return fault.target === 'store' ? [] : [fault.member];
    default:
      return [];
  }
}
