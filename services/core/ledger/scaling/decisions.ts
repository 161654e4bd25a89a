import type { Queryable } from '../database.ts';
import type { Decided, Shadow } from './record-decision.ts';

export interface StoredDecision extends Decided {
  readonly id: number;
  readonly pool: string;
  readonly epoch: number;
  /** By the ledger's clock. */
  readonly decidedAt: Date;
  readonly shadow: Shadow | null;
  /** Names of workers. */
  readonly drained: readonly string[];
  readonly undrained: readonly string[];
}

const columns = `id, pool, epoch, decided_at as "decidedAt", wanted, previous, reason, sentence, formula,
  inputs, missing, shadow, drained, undrained`;

/** The newest decision about a pool, and what the next one has to remember. */
export async function lastDecision(
  db: Queryable,
  pool: string,
): Promise<{ decision: StoredDecision | undefined; memory: unknown }> {
  const [decision] = await db.query<StoredDecision>(
    `select ${columns} from scale_decisions where pool = $1 order by id desc limit 1`,
    [pool],
  );
  const [row] = await db.query<{ memory: unknown }>('select memory from scaling where pool = $1', [
    pool,
  ]);
  return { decision, memory: row?.memory ?? undefined };
}

export interface DecisionFilter {
  readonly pool: string;
  readonly limit: number;
  /** Only those that changed the number of workers. */
  readonly changed?: boolean | undefined;
  /** Only those older than this one. */
  readonly before?: number | undefined;
}

/** Newest first. */
export async function listDecisions(
  db: Queryable,
  { pool, limit, changed = false, before }: DecisionFilter,
): Promise<StoredDecision[]> {
  return db.query<StoredDecision>(
    `select ${columns} from scale_decisions
      where pool = $1 and id < $2 ${changed ? 'and wanted <> previous' : ''}
      order by id desc limit $3`,
    [pool, before ?? Number.MAX_SAFE_INTEGER, limit],
  );
}

/** Those that have, or had, a leader. */
export async function listScaledPools(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ pool: string }>('select pool from scaling order by pool');
  return rows.map((row) => row.pool);
}
