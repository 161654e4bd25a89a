// The leader's drains. All of a worker's processes are meant by its name: a pod whose container
// starts again is still the pod that was chosen. What somebody else drained stays as it is.
import type { Database, Queryable } from '../database.ts';
import { drainOwner, type Leadership, type Overtaken, underEpoch } from './epoch.ts';

export interface Chosen extends Leadership {
  readonly workerNames: readonly string[];
}

/**
 * `active → draining`, owned by the leader, for at most `untilSeconds`. Tells the names of those that
 * are drained now. From the commit on none of them claims anything.
 */
export async function chooseForDrain(
  db: Database,
  { untilSeconds, ...chosen }: Chosen & { readonly untilSeconds: number },
): Promise<string[] | Overtaken> {
  return underEpoch(db, chosen, async (tx) => {
    const names = await change(tx, chosen, {
      where: `state = 'active'`,
      set: `state = 'draining', drain_owner = '${drainOwner}', drain_reason = 'fewer workers are needed',
            drained_at = null, ${until}`,
      values: [untilSeconds],
    });
    await note(tx, chosen.pool, 'drained', names);
    return names;
  });
}

/** `draining → active` for those that the leader drained. Tells their names. */
export async function undrain(db: Database, chosen: Chosen): Promise<string[] | Overtaken> {
  return underEpoch(db, chosen, async (tx) => {
    const names = await change(tx, chosen, {
      where: ours,
      set: `state = 'active', drain_owner = null, drain_reason = null, drain_until = null, drained_at = null`,
      values: [],
    });
    await note(tx, chosen.pool, 'undrained', names);
    return names;
  });
}

/**
 * Gives the leader's drains `untilSeconds` from now. Tells the names of those that are still
 * drained by it: one that is not among them has gone back to work.
 */
export async function prolong(
  db: Database,
  { untilSeconds, ...chosen }: Chosen & { readonly untilSeconds: number },
): Promise<string[] | Overtaken> {
  return underEpoch(db, chosen, (tx) =>
    change(tx, chosen, { where: ours, set: until, values: [untilSeconds] }),
  );
}

const ours = `state = 'draining' and drain_owner = '${drainOwner}'`;
const until = `drain_until = now() + $3 * interval '1 second'`;

async function change(
  tx: Queryable,
  { pool, workerNames }: Chosen,
  { where, set, values }: { where: string; set: string; values: readonly unknown[] },
): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `with meant as (
       select id from workers where pool = $1 and name = any($2::text[]) and ${where} order by id for update
     )
     update workers set ${set} from meant where workers.id = meant.id returning workers.name`,
    [pool, workerNames, ...values],
  );
  return [...new Set(rows.map((row) => row.name))];
}

/** A drain is an effect of the decision before it. */
async function note(
  tx: Queryable,
  pool: string,
  column: 'drained' | 'undrained',
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  await tx.query(
    `update scale_decisions set ${column} = ${column} || $2
      where id = (select max(id) from scale_decisions where pool = $1)`,
    [pool, names],
  );
}
