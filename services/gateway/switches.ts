// What is on. The settings of a gateway permit (CRICKSY_ENABLE_UPLOADS, CRICKSY_ENABLE_OCR), the
// ledger switches within that. Asked with every upload, so it is kept here: every change is notified, and
// what was missed while the connection was broken is read when it is back. While the ledger is
// away, what was known last stands.
import { coalesce } from '#core/coalesce.ts';
import { type Feature, features } from '#core/domain/features.ts';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { readSwitches, type SwitchRow } from '#core/ledger/switches/switches.ts';
import { channels } from '#core/ledger/wake.ts';
import type { Log } from '#core/log.ts';
import type { SwitchEntry } from '#core/operation-messages.ts';
import type { DatabaseOptions } from '#core/postgres/connection.ts';
import { listen } from '#core/postgres/listen.ts';

export interface Switches {
  /** Why a feature is off, for a pool where one is named; undefined: it is on. */
  whyOff(feature: Feature, pool?: string): string | undefined;
  entry(feature: Feature, pool?: string): SwitchEntry;
  /** Every feature, and every pool that was ever paused. */
  list(): SwitchEntry[];
  /** What was switched before this is called is known when it resolves, if the ledger answers. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

/** Behind the notifications, in case one was missed. */
const slowTickMs = 10_000;

/** Resolves when the switches are known. */
export async function startSwitches(deps: {
  readonly db: Database;
  readonly database: DatabaseOptions;
  /** What the settings permit. */
  readonly allowed: Readonly<Record<Feature, boolean>>;
  readonly random: () => number;
  readonly log: Log;
}): Promise<Switches> {
  let rows: readonly SwitchRow[] = await readSwitches(deps.db);

  const { wake, done } = coalesce(async () => {
    try {
      rows = await readSwitches(deps.db);
    } catch (error) {
      deps.log.warn({ error }, 'switches could not be read');
    }
  });

  const rowOf = (feature: Feature, pool = '') =>
    rows.find((row) => row.feature === feature && row.pool === pool);

  const entry = (feature: Feature, pool?: string): SwitchEntry => {
    const row = rowOf(feature, pool);
    return {
      feature,
      pool: pool ?? null,
      allowed: deps.allowed[feature],
      on: row?.is_on ?? true,
      changed_by: row?.changed_by ?? null,
      changed_at: row?.changed_at.toISOString() ?? null,
      reason: row?.reason ?? null,
    };
  };

  const listener = listen({ ...deps, handlers: { [channels.switches]: wake }, onConnected: wake });
  const timer = setInterval(wake, slowTickMs);
  await listener.listening;

  return {
    whyOff(feature, pool) {
      if (!deps.allowed[feature]) return `CRICKSY_ENABLE_${feature.toUpperCase()} is off`;
      const off = [rowOf(feature), pool ? rowOf(feature, pool) : undefined].find(
        (row) => row && !row.is_on,
      );
      return off && describe(off);
    },
    entry,
    list: () => [
      ...features.map((feature) => entry(feature)),
      ...rows.filter(({ pool }) => pool !== '').map(({ feature, pool }) => entry(feature, pool)),
    ],
    refresh() {
      wake();
      return done();
    },
    async stop() {
      clearInterval(timer);
      await listener.stop();
      await done();
    },
  };
}

/** Clients are told why and since when, not by whom. */
function describe({ feature, pool, changed_at, reason }: SwitchRow): string {
  const what = pool ? `the pool ${pool} is paused` : `${feature} switched off`;
  const since = `${what} since ${changed_at.toISOString()}`;
  return reason ? `${since}: ${reason}` : since;
}

/** Throws `uploads.disabled` while none are taken. */
export function refuseWhileOff(switches: Pick<Switches, 'whyOff'>): void {
  const why = switches.whyOff('uploads');
  if (why !== undefined) throw new AppError('uploads.disabled', why);
}
