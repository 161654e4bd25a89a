// The status of a pool. Written when it says something new; numbers that always move are written now
// and then, or every look would be a write.
import { type Kubernetes, statusOf } from '../kubernetes/kubernetes.ts';
import type { Paths } from '../kubernetes/paths.ts';
import type { OcrWorkerPool, PoolStatus } from '../observe/pool.ts';
import { type Account, conditionsFor } from './conditions.ts';

export interface Explained extends Account {
  readonly waiting: number | undefined;
  /** The status that stands there. */
  readonly before: PoolStatus | undefined;
  /** This look changed the replicas. */
  readonly scaled: boolean;
}

export function statusFor(account: Explained, now: string): PoolStatus {
  const { pool, decision, census, waiting, waitsFor, before } = account;
  const { ready = 0, starting = 0, busy = 0, idle = 0, draining = 0 } = census ?? before ?? {};
  const { backlogSeconds = before?.waitingSeconds ?? 0 } = decision.inputs;
  const lastScaleTime = account.scaled ? now : before?.lastScaleTime;
  return {
    observedGeneration: pool.metadata.generation ?? 0,
    wanted: decision.wanted,
    replicas: census?.wanted ?? before?.replicas ?? 0,
    ready,
    starting,
    busy,
    idle,
    draining,
    waiting: waiting ?? before?.waiting ?? 0,
    waitingSeconds: Math.round(backlogSeconds),
    reason: decision.reason,
    message: waitsFor ? `${decision.sentence} Before: ${waitsFor}.` : decision.sentence,
    ...(lastScaleTime ? { lastScaleTime } : {}),
    conditions: conditionsFor(account, before, now),
  };
}

/** Equal for two statuses that say the same to a person who waits for a change. */
export function gist({ conditions, ...status }: PoolStatus): string {
  const { observedGeneration, wanted, replicas, ready, starting, draining, reason, lastScaleTime } =
    status;
  const told = conditions.map(({ type, status: is, reason: why }) => [type, is, why]);
  return JSON.stringify([
    [observedGeneration, wanted, replicas, ready, starting, draining, reason, lastScaleTime],
    told,
  ]);
}

/** Of the pool as it was read, or not at all: then somebody else has written, maybe a new leader. */
export async function writeStatus(
  { kubernetes, paths }: { kubernetes: Pick<Kubernetes, 'request'>; paths: Paths },
  { metadata: { name, resourceVersion } }: OcrWorkerPool,
  status: PoolStatus,
): Promise<'written' | 'overtaken'> {
  try {
    await kubernetes.request('PATCH', `${paths.pools}/${name}/status`, {
      type: 'application/merge-patch+json',
      body: { metadata: { resourceVersion }, status },
    });
    return 'written';
  } catch (error) {
    if (statusOf(error) === 409) return 'overtaken';
    throw error;
  }
}
