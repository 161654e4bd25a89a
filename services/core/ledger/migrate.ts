// Brings the schema up to date. Run by standalone at its start, elsewhere by `cricksy-ocr setup database`.
import knex from 'knex';
import pg from 'pg';
import { connectionSettings, type DatabaseOptions } from '../postgres/connection.ts';
import { migrations } from './migrations.ts';

/** Any number, the same for every release: whoever holds it migrates, the others wait. */
const migrationLock = 7_239_001;

/**
 * Applies the migrations that are missing; returns their names. Two at once are
 * safe: an advisory lock, which dies with its connection, replaces knex's lock row, which does not.
 */
export async function migrate(options: DatabaseOptions): Promise<string[]> {
  const guard = new pg.Client(connectionSettings(options));
  await guard.connect();
  const schema = knex({
    client: 'pg',
    connection: connectionSettings(options) as never,
    pool: { min: 0, max: 2 },
    migrations: {
      directory: migrations,
      loadExtensions: ['.ts'],
      tableName: 'schema_migrations',
      // After a rollback of the product the table knows files that are not here: no error.
      disableMigrationsListValidation: true,
    },
  });
  try {
    await guard.query('select pg_advisory_lock($1)', [migrationLock]);
    await schema.migrate.forceFreeMigrationsLock();
    const [, applied] = (await schema.migrate.latest()) as [number, string[]];
    return applied;
  } finally {
    await schema.destroy();
    await guard.end();
  }
}
