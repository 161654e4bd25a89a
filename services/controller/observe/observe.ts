// One look at everything that a decision is made from. What cannot be read is missing and says why;
// nothing becomes a zero.
import type { Broker } from '#core/broker/broker.ts';
import { check } from '#core/health.ts';
import type { Queryable } from '#core/ledger/database.ts';
import { type ObservedWork, observeWork } from '#core/ledger/scaling/observe-work.ts';
import { observeWorkers } from '#core/ledger/scaling/observe-workers.ts';
import type { Observation, Reading } from '../policy/types.ts';
import type { Scene } from './scene.ts';
import { type Census, census, factOf, type WorkerFact } from './workers.ts';

export interface Sight {
  readonly observation: Observation;
  readonly workers: Reading<readonly WorkerFact[]>;
  readonly census: Census | undefined;
}

export interface Observe {
  readonly db: Queryable;
  readonly broker: Pick<Broker, 'counts'>;
  readonly pool: string;
  readonly scene: Reading<Scene>;
  /** What has been learned from before. */
  readonly endedAfterMs: number;
  readonly atMs: number;
}

/** Long enough that a rate means something, short enough that a rush shows. */
const arrivalsSeconds = 60;

export async function observe(look: Observe): Promise<Sight> {
  const { db, broker, pool, scene, endedAfterMs, atMs } = look;
  const [workers, work, counts] = await Promise.all([
    reading(() => readWorkers(db, pool)),
    reading(() => observeWork(db, { pool, arrivalsSeconds, endedAfterMs })),
    reading(() => broker.counts(pool)),
  ]);
  const seen = both(scene, workers, census);
  const part = <K extends keyof ObservedWork>(name: K): Reading<ObservedWork[K]> =>
    'value' in work ? { value: work.value[name] } : work;
  return {
    workers,
    census: 'value' in seen ? seen.value : undefined,
    observation: {
      atMs,
      workers: seen,
      backlog: part('backlog'),
      running: part('running'),
      arrivals: part('arrivals'),
      ended: part('ended'),
      // What is delivered and not done the ledger knows.
      broker: both(counts, part('running'), ({ ready }, { amount }) => ({
        ready,
        unacknowledged: amount.tasks,
      })),
    },
  };
}

export async function readWorkers(db: Queryable, pool: string): Promise<WorkerFact[]> {
  return (await observeWorkers(db, pool)).map(factOf);
}

const patienceMs = 5_000;

async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  let outcome: Reading<T> = { missing: 'no answer' };
  const { ok, error } = await check(
    async () => {
      outcome = { value: await read() };
    },
    { timeoutMs: patienceMs },
  );
  return ok ? outcome : { missing: error ?? 'no answer' };
}

function both<A, B, T>(a: Reading<A>, b: Reading<B>, join: (a: A, b: B) => T): Reading<T> {
  if ('missing' in a) return a;
  if ('missing' in b) return b;
  return { value: join(a.value, b.value) };
}
