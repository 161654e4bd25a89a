import type { Queryable } from '../database.ts';

/** What the ledger keeps, in numbers. */
export interface Holdings {
  /** Uploads that wait for their review. */
  readonly parsed: number;
  /** Originals in the store, and their bytes. */
  readonly originals: number;
  readonly bytes: number;
  /** The newest migration that is applied, without its ending. */
  readonly migration: string;
}

/** Reads one index of uploads from end to end, so not for every scrape. */
export async function readHoldings(db: Queryable): Promise<Holdings> {
  const [holdings] = await db.query<Holdings>(
    `select uploads.*, (select max(split_part(name, '.', 1)) from schema_migrations) as migration
       from (select count(*) filter (where status = 'parsed') as parsed, count(object_size) as originals,
                    coalesce(sum(object_size), 0)::bigint as bytes
               from uploads) as uploads`,
  );
  if (!holdings) throw new Error('an aggregate returned no row');
  return holdings;
}
