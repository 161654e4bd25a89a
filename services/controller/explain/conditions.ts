// What the status says in conditions, from what was seen and decided. Pure.
import type { Condition, OcrWorkerPool, PoolStatus } from '../observe/pool.ts';
import type { Census } from '../observe/workers.ts';
import type { Decision } from '../policy/types.ts';

export interface Account {
  readonly pool: OcrWorkerPool;
  readonly decision: Decision;
  /** Undefined: not seen. */
  readonly census: Census | undefined;
  /** What else scales the Deployment. */
  readonly rivals: readonly string[];
  /** Replicas that no leader wrote. */
  readonly scaledByHand: boolean;
  /** What the scale-down waits for. */
  readonly waitsFor: string | undefined;
}

type Told = Pick<Condition, 'status' | 'reason' | 'message'>;

/** A condition keeps the time at which its status changed. */
export function conditionsFor(
  account: Account,
  status: PoolStatus | undefined,
  now: string,
): Condition[] {
  const { metadata } = account.pool;
  const told: Record<Condition['type'], Told> = {
    Ready: ready(account),
    Active: active(account),
    Paused: paused(account),
    Conflicted: conflicted(account),
    SignalLost: signalLost(account),
  };
  return (Object.keys(told) as Condition['type'][]).map((type) => {
    const before = status?.conditions.find((one) => one.type === type);
    const same = before?.status === told[type].status;
    return {
      type,
      ...told[type],
      observedGeneration: metadata.generation ?? 0,
      lastTransitionTime: same ? before.lastTransitionTime : now,
    };
  });
}

function ready({ census, decision }: Account): Told {
  if (!census)
    return { status: 'Unknown', reason: 'NotSeen', message: 'The workers are not seen.' };
  const { ready: ours } = census;
  const message = `${ours} of ${decision.wanted} wanted workers take work.`;
  if (ours >= decision.wanted) return { status: 'True', reason: 'EnoughWorkers', message };
  return { status: 'False', reason: 'TooFewWorkers', message };
}

function active({ pool, rivals }: Account): Told {
  if (rivals.length > 0) {
    const message = `Scaled by ${rivals.join(', ')}, so not from here.`;
    return { status: 'False', reason: 'Conflicted', message };
  }
  if (pool.spec.paused) {
    return { status: 'False', reason: 'Paused', message: 'Nothing changes while it is paused.' };
  }
  if (pool.spec.dryRun) {
    const message = 'Decisions are recorded, nothing else is done.';
    return { status: 'False', reason: 'DryRun', message };
  }
  return { status: 'True', reason: 'Scales', message: 'The workers are scaled from here.' };
}

function paused({ pool }: Account): Told {
  if (pool.spec.paused) return { status: 'True', reason: 'Asked', message: 'spec.paused is true.' };
  return { status: 'False', reason: 'NotAsked', message: 'spec.paused is false.' };
}

function conflicted({ rivals, scaledByHand, pool }: Account): Told {
  const target = pool.spec.targetRef.name;
  if (rivals.length > 0) {
    const message = `${rivals.join(', ')} wants to scale ${target} too: remove one of both.`;
    return { status: 'True', reason: 'AnotherScaler', message };
  }
  if (scaledByHand) {
    const message = `Somebody else has changed the replicas of ${target}.`;
    return { status: 'True', reason: 'ScaledByHand', message };
  }
  return { status: 'False', reason: 'Alone', message: `Nobody else scales ${target}.` };
}

function signalLost({ decision }: Account): Told {
  if (decision.missing.length > 0) {
    const message = `Nothing changes: ${decision.missing.join('; ')}.`;
    return { status: 'True', reason: 'Missing', message };
  }
  return { status: 'False', reason: 'AllRead', message: 'Everything was read.' };
}
