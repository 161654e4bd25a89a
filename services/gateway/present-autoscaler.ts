// Scaling as the API shows it.
import type { z } from 'zod';
import type { ScaleDecision, ScaledPool, scaleDown } from '#core/autoscaler-messages.ts';
import { overdueMs } from '#core/domain/lease.ts';
import type { StoredDecision } from '#core/ledger/scaling/decisions.ts';
import { drainOwner } from '#core/ledger/scaling/epoch.ts';
import type { ObservedWorker } from '#core/ledger/scaling/observe-workers.ts';
import type { ScaleDown } from '#core/ledger/scaling/scale-downs.ts';

export function presentDecision(decision: StoredDecision): ScaleDecision {
  return {
    id: decision.id,
    decided_at: decision.decidedAt.toISOString(),
    wanted: decision.wanted,
    previous: decision.previous,
    reason: decision.reason,
    sentence: decision.sentence,
    formula: decision.formula,
    inputs: { ...decision.inputs },
    missing: [...decision.missing],
    drained: [...decision.drained],
    undrained: [...decision.undrained],
    shadow: decision.shadow && {
      wanted: decision.shadow.wanted,
      sentence: decision.shadow.sentence,
    },
  };
}

export function presentScaleDown(down: ScaleDown): z.infer<typeof scaleDown> {
  const named = (of: 'chosen' | 'went') => [
    ...new Set(down.workers.filter((worker) => worker[of]).map((worker) => worker.name)),
  ];
  return {
    lowered_at: down.loweredAt.toISOString(),
    from: down.from,
    to: down.to,
    chosen: named('chosen'),
    went: down.settledAt ? named('went') : null,
    terminated_while_busy: down.workers.reduce((sum, worker) => sum + worker.terminated, 0),
  };
}

/** One whose heartbeat is overdue is not counted: it is gone, or soon found to be. */
export function presentWorkers(workers: readonly ObservedWorker[]): ScaledPool['workers'] {
  const alive = workers.filter((worker) => worker.heartbeatAgeSeconds * 1000 < overdueMs);
  const ready = alive.filter((worker) => worker.state === 'active');
  const busy = ready.filter((worker) => worker.busy > 0).length;
  const draining = alive.filter((worker) => worker.drainOwner === drainOwner).length;
  return {
    ready: ready.length,
    busy,
    idle: ready.length - busy,
    draining,
    withdrawn: alive.length - ready.length - draining,
  };
}
