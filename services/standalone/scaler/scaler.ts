// As many worker processes as there is work for, by the policy that the controller has in a cluster. It
// looks when somebody says that something has changed, and now and then; what it decides is in
// the ledger like any other decision.
import { coalesce } from '#core/coalesce.ts';
import { type Database, openDatabase } from '#core/ledger/database.ts';
import { lastDecision } from '#core/ledger/scaling/decisions.ts';
import { chooseForDrain, prolong, undrain } from '#core/ledger/scaling/drains.ts';
import { type Leadership, raiseEpoch, readEpoch } from '#core/ledger/scaling/epoch.ts';
import { recordDecision } from '#core/ledger/scaling/record-decision.ts';
import { listScaleDowns, recordScaleDown, whoWent } from '#core/ledger/scaling/scale-downs.ts';
import { channels } from '#core/ledger/wake.ts';
import type { Log } from '#core/log.ts';
import type { DatabaseOptions } from '#core/postgres/connection.ts';
import { listen } from '#core/postgres/listen.ts';
import { decide } from '../../controller/policy/decide.ts';
import { shadow } from '../../controller/policy/keda.ts';
import type { PoolSpec } from '../../controller/policy/types.ts';
import { blank, recall } from '../../controller/remembered.ts';
import type { Crew } from '../crew.ts';
import { observe } from './observe.ts';
import { plan, type Steps } from './plan.ts';

export interface Scaler {
  /** Changes nothing any more from now on; resolves when the last step is done. */
  stop(): Promise<void>;
}

/** Wake-ups come with every upload; what they change is looked at together. */
const pace = { atOnce: 1, everyMs: 500 };
/** Between two looks while there is work or a worker too many, and while there is not. */
const busyMs = 2_000;
const quietMs = 60_000;
/** A drain that nobody looks after ends by then. */
const drainSeconds = 600;

export function startScaler(options: {
  readonly database: DatabaseOptions;
  readonly pool: string;
  readonly spec: PoolSpec;
  readonly crew: Crew;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  readonly log: Log;
}): Scaler {
  const { spec, crew, pool, log } = options;
  const db = openDatabase(options.database);
  let stopped = false;
  let leader: Leadership | undefined;
  let memory = blank;
  let timer: NodeJS.Timeout | undefined;

  const begin = async (): Promise<Leadership> => {
    const mine = { pool, epoch: (await readEpoch(db, pool)) + 1 };
    await raiseEpoch(db, pool, mine.epoch);
    memory = recall((await lastDecision(db, pool)).memory);
    await settle(db, mine);
    return mine;
  };

  const round = async (): Promise<number> => {
    leader ??= await begin();
    const { observation, processes, quiet } = await observe(db, {
      pool,
      names: crew.names(),
      atMs: options.now(),
      learnedUntilMs: memory.own.cost.untilMs,
    });
    const { decision, memory: own } = decide(spec, observation, memory.own);
    const other = shadow(spec, observation, memory.shadow);
    memory = { own, shadow: other.memory };
    const record = { decision, shadow: other.decision, memory };
    if ((await recordDecision(db, leader, record)) === 'overtaken') {
      leader = undefined;
      return busyMs;
    }
    const steps = plan(processes, decision.wanted);
    await act(steps, { db, leader, crew, isStopped: () => stopped, log });
    const calm = quiet && steps.start === 0 && processes.length === spec.bounds.min;
    return calm ? quietMs : busyMs;
  };

  const rounds = coalesce(async () => {
    if (stopped) return;
    clearTimeout(timer);
    let waitMs = busyMs;
    try {
      waitMs = await round();
    } catch (error) {
      // Nothing is known, so nothing changes; whoever stops the database says so itself.
      if (!stopped) log.debug({ error }, 'how many workers are needed is not known');
    }
    if (!stopped) timer = setTimeout(rounds.wake, waitMs);
  }, pace);

  const listener = listen({
    database: options.database,
    handlers: { [channels.dispatch]: rounds.wake, [channels.workers]: rounds.wake },
    onConnected: rounds.wake,
    random: options.random,
    log,
  });

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.all([listener.stop(), rounds.done()]);
      await db.close();
    },
  };
}

async function act(
  { undrain: back, start, drain, end }: Steps,
  deps: {
    readonly db: Database;
    readonly leader: Leadership;
    readonly crew: Crew;
    readonly isStopped: () => boolean;
    readonly log: Log;
  },
): Promise<void> {
  const { db, leader, crew, log } = deps;
  if (back.length > 0) await undrain(db, { ...leader, workerNames: back });
  for (let n = 0; n < start && !deps.isStopped(); n++) {
    crew.start().ready.catch((error: unknown) => log.error({ error }, 'a worker cannot start'));
  }
  if (drain.length > 0) {
    await chooseForDrain(db, { ...leader, workerNames: drain, untilSeconds: drainSeconds });
  }
  if (end.length === 0) return;
  const from = crew.names().length;
  // Noted first: from then on no operator puts them back to work.
  const id = await recordScaleDown(db, { ...leader, from, to: from - end.length, chosen: end });
  if (id === 'overtaken') return;
  // From here on no drain runs out: who is drained now is so until it is gone.
  const still = await prolong(db, { ...leader, workerNames: end, untilSeconds: drainSeconds });
  if (still === 'overtaken') return;
  const chosen = deps.isStopped() ? [] : still;
  await Promise.all(chosen.map((name) => crew.end(name)));
  await whoWent(db, { ...leader, id, workerNames: chosen });
}

/** All processes of a former run are gone; those that it was about to end went by its hand. */
async function settle(db: Database, leader: Leadership): Promise<void> {
  const { pool } = leader;
  for (const { id, workers } of await listScaleDowns(db, { pool, limit: 100, unsettled: true })) {
    const workerNames = workers.filter(({ chosen }) => chosen).map(({ name }) => name);
    await whoWent(db, { ...leader, id, workerNames });
  }
}
