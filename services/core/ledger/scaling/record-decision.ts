import type { Database, Queryable } from '../database.ts';
import { type Leadership, type Overtaken, underEpoch } from './epoch.ts';

/** What was decided, as `controller/policy` says it. */
export interface Decided {
  readonly wanted: number;
  /** What was wanted before. */
  readonly previous: number;
  readonly reason: string;
  readonly sentence: string;
  readonly formula: string;
  readonly inputs: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
}

/** What another scaler would have done with the same workers and work. */
export interface Shadow {
  readonly wanted: number;
  readonly sentence: string;
}

/** A decision that changed nothing is kept for a day, the others for a month. */
const idleDays = 1;
const days = 30;
/** More than come between two decisions. */
const prunedAtOnce = 100;

/** Stores a decision, and what the next one has to remember. Old ones are forgotten at the same time. */
export async function recordDecision(
  db: Database,
  leader: Leadership,
  record: { readonly decision: Decided; readonly shadow?: Shadow; readonly memory: unknown },
): Promise<'recorded' | Overtaken> {
  const { decision, shadow, memory } = record;
  return underEpoch<'recorded'>(db, leader, async (tx) => {
    await tx.query(
      `insert into scale_decisions (pool, epoch, wanted, previous, reason, sentence, formula, inputs, missing, shadow)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        leader.pool,
        leader.epoch,
        decision.wanted,
        decision.previous,
        decision.reason,
        decision.sentence,
        decision.formula,
        JSON.stringify(decision.inputs),
        JSON.stringify(decision.missing),
        shadow ? JSON.stringify(shadow) : null,
      ],
    );
    await tx.query('update scaling set memory = $2 where pool = $1', [
      leader.pool,
      JSON.stringify(memory),
    ]);
    await prune(tx);
    return 'recorded';
  });
}

async function prune(tx: Queryable): Promise<void> {
  await tx.query(
    `delete from scale_decisions where id in (
       (select id from scale_decisions
         where wanted = previous and drained = '{}' and undrained = '{}'
           and decided_at < now() - $1 * interval '1 day'
         order by decided_at limit $3)
       union all
       (select id from scale_decisions where decided_at < now() - $2 * interval '1 day'
         order by decided_at limit $3)
     )`,
    [idleDays, days, prunedAtOnce],
  );
  // What is forgotten was counted long ago; the sum stays.
  await tx.query(
    `with old as (
       delete from scale_downs where id in (
         select id from scale_downs where lowered_at < now() - $1 * interval '1 day'
          order by lowered_at limit $2)
       returning id, pool
     ), sums as (
       select old.pool, sum(terminated) as terminated
         from old join scale_down_workers on scale_down_id = old.id group by old.pool
     )
     update scaling set terminated_before = terminated_before + sums.terminated
       from sums where scaling.pool = sums.pool`,
    [days, prunedAtOnce],
  );
}
