// Tells people what was seen, decided and done: the status of the pool and Events about it.
import type { Log } from '#core/log.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { Paths } from '../kubernetes/paths.ts';
import type { PoolStatus } from '../observe/pool.ts';
import { aboutConditions, tell } from './events.ts';
import { type Explained, gist, statusFor, writeStatus } from './status.ts';

export interface Explaining {
  readonly kubernetes: Pick<Kubernetes, 'request'>;
  readonly paths: Paths;
  readonly now: () => number;
  readonly log: Log;
}

export interface LastStatus {
  readonly status: PoolStatus;
  readonly atMs: number;
}

/** Between two statuses that differ only in numbers that always move. */
const refreshMs = 10_000;

/** Tells the status that stands there then. Never fails: what was decided is stored elsewhere. */
export async function explain(
  deps: Explaining,
  account: Omit<Explained, 'before'>,
  last: LastStatus | undefined,
): Promise<LastStatus | undefined> {
  const { pool } = account;
  const before = last?.status ?? pool.status;
  const atMs = deps.now();
  const time = new Date(atMs).toISOString();
  const status = statusFor({ ...account, before }, time);
  const isNew = !before || gist(before) !== gist(status);
  const isOld = !last || atMs - last.atMs >= refreshMs;
  const differs = JSON.stringify(before) !== JSON.stringify(status);
  if (!isNew && !(isOld && differs)) return last;
  try {
    if ((await writeStatus(deps, pool, status)) === 'overtaken') return last;
  } catch (error) {
    deps.log.warn({ error, pool: pool.metadata.name }, 'the status could not be written');
    return last;
  }
  for (const told of aboutConditions(before, status)) await tell(deps, pool, told);
  return { status, atMs };
}
