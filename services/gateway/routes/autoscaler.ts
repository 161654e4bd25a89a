// Why there are as many workers as there are: what the scaler decided, from what, and what came of it.
// Any gateway answers, from the ledger; also when no scaler runs.
import {
  autoscalerAnswer,
  autoscalerQuery,
  decisionsAnswer,
  decisionsQuery,
  type ScaledPool,
} from '#core/autoscaler-messages.ts';
import type { Database } from '#core/ledger/database.ts';
import { listDecisions, listScaledPools } from '#core/ledger/scaling/decisions.ts';
import { observeWorkers } from '#core/ledger/scaling/observe-workers.ts';
import { listScaleDowns } from '#core/ledger/scaling/scale-downs.ts';
import { countTerminatedWhileBusy } from '#core/ledger/scaling/terminated.ts';
import { readDepth } from '#core/ledger/tasks/depth.ts';
import { presentDecision, presentScaleDown, presentWorkers } from '../present-autoscaler.ts';
import { defineRoute } from '../route.ts';

/** Decisions and lowerings that are shown with a pool. */
const shown = 10;

export function autoscalerRoute({ db }: { readonly db: Database }) {
  return defineRoute({
    method: 'get',
    path: '/api/autoscaler',
    tag: 'operation',
    summary: 'How many workers each pool has and wants, and why',
    description: 'Pools that nothing of ours scales are not among them.',
    request: { query: autoscalerQuery },
    responses: { 200: autoscalerAnswer },
    async handle({ query }) {
      const pools = await listScaledPools(db);
      const asked = pools.filter((pool) => query.pool === undefined || query.pool === pool);
      return {
        status: 200,
        body: { pools: await Promise.all(asked.map((pool) => describePool(db, pool))) },
      };
    },
  });
}

export function decisionsRoute({ db }: { readonly db: Database }) {
  return defineRoute({
    method: 'get',
    path: '/api/autoscaler/decisions',
    tag: 'operation',
    summary: 'Scale decisions about a pool, from new to old',
    description:
      'Each with what it was made from. Those that changed nothing are kept for a day, the others for a month.',
    request: { query: decisionsQuery },
    responses: { 200: decisionsAnswer },
    async handle({ query: { pool, changed, cursor, limit } }) {
      const filter = { pool, changed: changed === 'true', before: cursor };
      const decisions = await listDecisions(db, { ...filter, limit });
      return {
        status: 200,
        body: {
          decisions: decisions.map(presentDecision),
          next_cursor: decisions.length === limit ? (decisions.at(-1)?.id ?? null) : null,
        },
      };
    },
  });
}

async function describePool(db: Database, pool: string): Promise<ScaledPool> {
  // Before the lowerings are read: counting brings their numbers up to date.
  const terminated = await countTerminatedWhileBusy(db, pool);
  const [workers, depth, decisions, [lastChange], scaleDowns] = await Promise.all([
    observeWorkers(db, pool),
    readDepth(db, pool),
    listDecisions(db, { pool, limit: shown }),
    listDecisions(db, { pool, limit: 1, changed: true }),
    listScaleDowns(db, { pool, limit: shown }),
  ]);
  return {
    pool,
    workers: presentWorkers(workers),
    depth,
    terminated_while_busy: terminated,
    last_change: lastChange ? presentDecision(lastChange) : null,
    decisions: decisions.map(presentDecision),
    scale_downs: scaleDowns.map(presentScaleDown),
  };
}
