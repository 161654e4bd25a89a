// What the ledger and the object store know of each other. Every few minutes the ledger counts one
// up and leaves the number in the store, as a mark. A restored ledger finds a mark that is ahead of
// it, and from then on deletes nothing of which it might have forgotten the row, for a while.
import type { Queryable } from '../database.ts';

export interface Mark {
  readonly ledger_id: string;
  readonly number: number;
}

export interface Watch extends Mark {
  readonly scan: number;
  readonly scan_started_at: Date | null;
  readonly scan_ended_at: Date | null;
  readonly paused_until: Date | null;
  readonly pause_reason: string | null;
  /** True while nothing is to be deleted that no row knows. */
  readonly paused: boolean;
  /** False while the present mark is not known to lie in the store, for whatever reason. */
  readonly left: boolean;
}

const columns = '*, coalesce(paused_until > now(), false) as paused, left_number = number as left';

export async function readWatch(db: Queryable): Promise<Watch> {
  const [row] = await db.query<Watch>(`select ${columns} from store_watch`);
  if (!row) throw new Error('store_watch has no row');
  return row;
}

/** Counts up, for one of all replicas, when the last mark is `everySeconds` old. */
export async function nextMark(
  db: Queryable,
  { everySeconds }: { everySeconds: number },
): Promise<Mark | undefined> {
  const [row] = await db.query<Mark>(
    `update store_watch set number = number + 1, marked_at = now()
      where marked_at is null or marked_at <= now() - $1 * interval '1 second'
      returning ledger_id, number`,
    [everySeconds],
  );
  return row;
}

/** Why the ledger is not the one that left `found` in the store, if it is not. `next`: not yet left there. */
export function findRestore(next: Mark, found: Mark | undefined): string | undefined {
  if (!found) return undefined;
  if (found.ledger_id !== next.ledger_id) return 'the store was last marked by another ledger';
  if (found.number < next.number) return undefined;
  return 'the store is ahead of the ledger, which was restored from a backup';
}

/** Pauses for `seconds`, and goes on counting above what the store knows. Returns the mark to leave there. */
export async function pauseDeletion(
  db: Queryable,
  { reason, above, seconds }: { reason: string; above: number; seconds: number },
): Promise<Mark> {
  const [row] = await db.query<Mark>(
    `update store_watch set number = greatest(number, $1::bigint + 1), pause_reason = $2,
            paused_until = now() + $3 * interval '1 second'
      returning ledger_id, number`,
    [above, reason, seconds],
  );
  if (!row) throw new Error('store_watch has no row');
  return row;
}

/** The mark lies in the store. */
export async function confirmMark(db: Queryable, { number }: Mark): Promise<void> {
  await db.query('update store_watch set left_number = $1 where left_number < $1', [number]);
}

/** Begins a scan of the store, for one of all replicas, when the last one began `everySeconds` ago. Returns its number. */
export async function beginScan(
  db: Queryable,
  { everySeconds }: { everySeconds: number },
): Promise<number | undefined> {
  const [row] = await db.query<{ scan: number }>(
    `update store_watch set scan = scan + 1, scan_started_at = now()
      where scan_started_at is null or scan_started_at <= now() - $1 * interval '1 second'
      returning scan`,
    [everySeconds],
  );
  return row?.scan;
}

/** Ends it: what it did not see any more is no orphan. */
export async function endScan(db: Queryable, scan: number): Promise<void> {
  await db.query('delete from orphans where scan < $1', [scan]);
  await db.query('update store_watch set scan_ended_at = now() where scan = $1', [scan]);
}
