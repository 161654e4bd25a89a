import type { Database } from '#core/ledger/database.ts';
import { readDepth } from '#core/ledger/tasks/depth.ts';
import { dispatchTasks } from '#core/ledger/tasks/dispatch.ts';
import { undispatchTasks } from '#core/ledger/tasks/undispatch.ts';
import { quantile } from '../statistics.ts';
import { importPool } from './fill.ts';
import type { Latency } from './requests.ts';

/** Takes a window of eight out of the whole backlog and puts it back, again and again. */
export async function measureDispatch(
  db: Database,
  { rounds, cpu }: { rounds: number; cpu: () => number },
): Promise<Latency> {
  const times: number[] = [];
  const { waiting } = await readDepth(db, importPool);
  const cpuBefore = cpu();
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const tasks = await dispatchTasks(db, importPool, { size: 8 });
    times.push(performance.now() - started);
    await undispatchTasks(db, tasks, 0);
  }
  return {
    name: `dispatch of 8 out of ${waiting}`,
    requests: rounds,
    perSecond: 1000 / quantile(times, 0.5),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    max: quantile(times, 1),
    // With putting back what was taken.
    cpuMs: (cpu() - cpuBefore) / rounds,
  };
}
