// The way to PostgreSQL: one pool a process, SQL as text, transactions as functions. What
// cannot be reached is `ledger.unavailable`, whatever the driver calls it. Nothing here waits
// without a bound: for a connection, for an answer, behind others; and while a server is known to
// be silent (see silence.ts) nobody waits at all.
import pg from 'pg';
import { AppError } from '../errors.ts';
import { connectionSettings, type DatabaseOptions } from '../postgres/connection.ts';
import { isOutdatedPlan, prepared, unprepared } from '../postgres/prepared.ts';
import type { RecordedEvent } from './events/record-event.ts';
import { createSilence, wasSilent } from './silence.ts';

/** Runs SQL; a Database does it on any connection, a Transaction on its own. */
export interface Queryable {
  query<T = unknown>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** Of a transaction: the events that it will have told of when it is committed. */
  readonly told?: RecordedEvent[];
}

export interface Database extends Queryable {
  /**
   * Commits what `work` did, or none of it when that throws. Not repeated here. `ledger.unavailable`
   * may come from a commit that went through: what callers repeat must bear being done already.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

// bigint columns here are sizes and positions, far below 2^53: numbers, not strings.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Milliseconds that one statement may take on the server; the longest of ours take one second. */
const statementMs = 10_000;
/** Callers that may wait for a connection; those beyond would only wait to be refused. */
const mostWaiting = 1_000;

export interface LedgerOptions extends DatabaseOptions {
  /** Called after each commit that told of something; not where the answer to it was lost. */
  readonly onEvents?: (events: readonly RecordedEvent[]) => void;
}

/** Opens no connection until the first query. */
export function openDatabase(options: LedgerOptions): Database {
  const pool = new pg.Pool({
    ...connectionSettings(options),
    max: options.connections ?? 10,
    // A transaction here takes milliseconds; one that does not is stuck and holds locks.
    idle_in_transaction_session_timeout: 10_000,
    statement_timeout: statementMs,
    // For a server that does not even say that it took too long.
    query_timeout: statementMs + 2_000,
  });
  const statement = options.pooled ? unprepared : prepared;
  const silence = createSilence(() => performance.now());
  // An idle connection that breaks is replaced by the pool at the next query.
  pool.on('error', () => undefined);
  // One that breaks between two statements of a transaction says so to its listeners, and ends the
  // process when it has none; the next statement fails anyway.
  pool.on('connect', (client) => void client.on('error', () => undefined));

  const transact = async <T>(work: (tx: Queryable) => Promise<T>): Promise<T> => {
    const client = await silence.guard(() => begin(pool));
    const told: RecordedEvent[] = [];
    const tx: Queryable = {
      told,
      query: (sql, values = []) => silence.watch(() => run(client, statement(sql, values))),
    };
    try {
      const result = await work(tx);
      await execute(() => client.query('commit'));
      client.release();
      if (told.length > 0) options.onEvents?.(told);
      return result;
    } catch (error) {
      await end(client, { silent: wasSilent(error), outdated: isOutdatedPlan(error) });
      throw error;
    }
  };

  return {
    async query<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
      refuseCrowd(pool);
      return withCurrentPlans(() => silence.guard(() => run<T>(pool, statement(sql, values))));
    },
    async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
      refuseCrowd(pool);
      return withCurrentPlans(() => transact(work));
    },
    close: () => pool.end(),
  };
}

/**
 * Again when a migration has outdated a plan: that connection is gone then, the next one may have
 * the same. What failed so has done nothing.
 */
async function withCurrentPlans<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isOutdatedPlan(error)) throw error;
    }
  }
}

function refuseCrowd(pool: pg.Pool): void {
  if (pool.waitingCount < mostWaiting) return;
  throw new AppError('ledger.unavailable', 'too many wait for a connection');
}

async function begin(pool: pg.Pool): Promise<pg.PoolClient> {
  const client = await connect(pool);
  try {
    await execute(() => client.query('begin'));
    return client;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw named(error);
  }
}

async function run<T>(on: pg.Pool | pg.PoolClient, query: pg.QueryConfig<unknown[]>): Promise<T[]> {
  const result = await execute(() => on.query(query));
  return result.rows as T[];
}

async function execute<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    throw named(error);
  }
}

// A connection on which even ROLLBACK fails is broken: the pool must not hand it out again. One
// that did not answer is not asked again: that would only be another wait.
async function end(
  client: pg.PoolClient,
  { silent, outdated }: { silent: boolean; outdated: boolean },
): Promise<void> {
  if (silent || outdated) return client.release(true);
  try {
    await client.query('rollback');
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}

// SQLSTATE classes and codes that say "not now" rather than "wrong": 08 connection, 57P
// shutdown or start, 53 out of resources, 40 serialisation or deadlock, 55P03 lock, 57014 timeout,
// 25006 a replica that is not yet the primary.
const transientStates = /^(08|57P|53|40|55P03|57014|25006|25P03)/;

function named(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const state = error instanceof pg.DatabaseError ? error.code : undefined;
  if (state !== undefined && !transientStates.test(state)) return error;
  return new AppError('ledger.unavailable', 'the database does not answer', { cause: error });
}
