// A service that is newer than its database, or quicker than it, waits: the migrations run beside
// it (a Job, in a cluster). An older service in front of a newer schema finds all it needs.
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Queryable } from './database.ts';
import { migrations } from './migrations.ts';

const askEveryMs = 1_000;
/** No such table: nobody has migrated this database yet. */
const undefinedTable = '42P01';

/**
 * Resolves when every migration of ours has been applied, false when `givenUp` says so first.
 * A database that is away is waited for as well; throws what waiting does not mend.
 */
export async function awaitSchema(
  db: Queryable,
  options: {
    /** Asked between two looks. */
    readonly givenUp: () => boolean;
    readonly log: Log;
    readonly everyMs?: number;
  },
): Promise<boolean> {
  const files = await readdir(migrations);
  const needed = files.filter((name) => name.endsWith('.ts'));
  for (let told = ''; !options.givenUp(); await sleep(options.everyMs ?? askEveryMs)) {
    const lacks = await lacking(db, needed);
    if (lacks === undefined) return true;
    if (lacks !== told) options.log.warn({ lacks }, 'waiting for the schema');
    told = lacks;
  }
  return false;
}

/** The first migration that is missing, or why none can be seen; undefined when all are there. */
async function lacking(db: Queryable, needed: readonly string[]): Promise<string | undefined> {
  try {
    const rows = await db.query<{ name: string }>('select name from schema_migrations');
    const applied = new Set(rows.map(({ name }) => name));
    return needed.toSorted().find((name) => !applied.has(name));
  } catch (error) {
    if (error instanceof AppError && error.code === 'ledger.unavailable') return error.code;
    if (error instanceof pg.DatabaseError && error.code === undefinedTable)
      return 'every migration';
    throw error;
  }
}
