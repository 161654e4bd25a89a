import type { Database } from '#core/ledger/database.ts';
import { observeWork } from '#core/ledger/scaling/observe-work.ts';
import { quantile } from '../statistics.ts';
import { importPool } from './fill.ts';
import type { Latency } from './requests.ts';

/** What the controller asks before each decision, of a pool with the whole backlog. */
export async function measureObservation(
  db: Database,
  { rounds, cpu }: { rounds: number; cpu: () => number },
): Promise<Latency> {
  const times: number[] = [];
  const options = { pool: importPool, arrivalsSeconds: 300, endedAfterMs: Date.now() - 60_000 };
  const { backlog } = await observeWork(db, options);
  const cpuBefore = cpu();
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await observeWork(db, options);
    times.push(performance.now() - started);
  }
  return {
    name: `observation of the work, ${backlog.amount.tasks} waiting`,
    requests: rounds,
    perSecond: 1000 / quantile(times, 0.5),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    max: quantile(times, 1),
    cpuMs: (cpu() - cpuBefore) / rounds,
  };
}
