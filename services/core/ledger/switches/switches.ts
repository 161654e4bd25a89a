// What operators have switched, as rows: for all pools, or for one. A feature without a row is on.
import type { Feature } from '../../domain/features.ts';
import type { Database, Queryable } from '../database.ts';
import { recordEvent } from '../events/record-event.ts';
import { channels } from '../wake.ts';

export interface SwitchRow {
  readonly feature: Feature;
  /** Empty: all pools. */
  readonly pool: string;
  readonly is_on: boolean;
  readonly changed_by: string;
  readonly changed_at: Date;
  readonly reason: string | null;
}

export interface SwitchChange {
  readonly feature: Feature;
  readonly pool?: string | undefined;
  readonly on: boolean;
  readonly by: string;
  readonly reason?: string | undefined;
}

/** Of the pool `$1`, or of all of them: true while nothing of it is dispatched. */
export const isPausedSql = `exists (select from switches where feature = 'ocr' and pool in ('', $1) and not is_on)`;

export async function readSwitches(db: Queryable): Promise<SwitchRow[]> {
  return db.query<SwitchRow>('select * from switches order by feature desc, pool');
}

/**
 * Switches, and tells every gateway and every listener. Who asks for what is so already changes
 * nothing: who switched it first, and why, stays on record. True when it was changed.
 */
export async function changeSwitch(
  db: Database,
  { feature, pool = '', on, by, reason }: SwitchChange,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // Readers do not wait. Of two who switch a thing that has no row yet, one comes after the other.
    await tx.query('lock table switches in share row exclusive mode');
    const [present] = await tx.query<{ is_on: boolean }>(
      'select is_on from switches where feature = $1 and pool = $2',
      [feature, pool],
    );
    if ((present?.is_on ?? true) === on) return false;
    await tx.query(
      `insert into switches (feature, pool, is_on, changed_by, reason) values ($1, $2, $3, $4, $5)
       on conflict (feature, pool) do update
         set is_on = $3, changed_by = $4, reason = $5, changed_at = now()`,
      [feature, pool, on, by, reason ?? null],
    );
    const data = { feature, pool: pool || null, on, by, reason: reason ?? null };
    await recordEvent(tx, { uploadId: null, type: 'switch.changed', data });
    // Rare enough to notify within the transaction: whoever listens hears of it when it is true.
    await tx.query(`select pg_notify($1, ''), pg_notify($2, ''), pg_notify($3, '')`, [
      channels.switches,
      channels.dispatch,
      channels.events,
    ]);
    return true;
  });
}
