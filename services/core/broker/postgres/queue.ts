// The statements of the queue. A message is held by a session number, which stands for an
// advisory lock; a number that nobody locks any more holds nothing.
import pg from 'pg';
import { AppError } from '../../errors.ts';
import { connectionSettings, type DatabaseOptions } from '../../postgres/connection.ts';
import { prepared } from '../../postgres/prepared.ts';
import type { QueueCounts, TaskMessage } from '../broker.ts';

/** First half of every session's advisory lock. */
export const sessionLocks = 723_901;

export interface TakenMessage extends TaskMessage {
  readonly id: number;
  readonly redelivered: boolean;
}

export interface Queue {
  /** Notifies `channel` with the pool as soon as they can be seen. */
  insert(pool: string, messages: readonly TaskMessage[], channel: string): Promise<void>;
  /** Up to `limit` messages, oldest first, now held by `session`. */
  take(pool: string, session: number, limit: number): Promise<TakenMessage[]>;
  remove(id: number, session: number): Promise<void>;
  release(id: number, session: number): Promise<void>;
  /** Frees what sessions held that are gone; returns the pools concerned. */
  releaseOrphans(own: number): Promise<string[]>;
  counts(pool: string): Promise<QueueCounts>;
  setConsuming(session: number, pool: string): Promise<void>;
  unsetConsuming(session: number, pool: string): Promise<void>;
  notify(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

const isAlive = `exists (
  select from pg_locks
   where locktype = 'advisory' and classid = ${sessionLocks} and objsubid = 2 and granted
     and database = (select oid from pg_database where datname = current_database())
     and objid = held.session::oid
)`;

export function createQueue(options: DatabaseOptions): Queue {
  const pool = new pg.Pool({
    ...connectionSettings(options),
    max: 3,
    statement_timeout: 10_000,
    // For a server that does not even say that it took too long.
    query_timeout: 12_000,
  });
  pool.on('error', () => undefined);

  const run = async <T>(sql: string, values: readonly unknown[]): Promise<T[]> => {
    try {
      return (await pool.query(prepared(sql, values))).rows as T[];
    } catch (cause) {
      throw new AppError('broker.unavailable', 'the broker does not answer', { cause });
    }
  };

  return {
    async insert(name, messages, channel) {
      await run(
        `with added as (
           insert into broker_messages (pool, task_id, dispatch, traceparent)
           select $1, message.* from unnest($2::uuid[], $3::int[], $4::text[]) as message
         )
         select pg_notify($5, $1)`,
        [
          name,
          messages.map((message) => message.task_id),
          messages.map((message) => message.dispatch),
          messages.map((message) => message.traceparent ?? null),
          channel,
        ],
      );
    },
    async take(name, session, limit) {
      const rows = await run<TakenMessage>(
        `with ready as (
           select id, delivered from broker_messages
            where pool = $1 and session is null order by id limit $3 for update skip locked
         )
         update broker_messages as message set session = $2, delivered = true
           from ready where message.id = ready.id
         returning message.id, message.task_id, message.dispatch, message.traceparent,
                   ready.delivered as redelivered`,
        [name, session, limit],
      );
      return rows.sort((a, b) => a.id - b.id);
    },
    async remove(id, session) {
      await run('delete from broker_messages where id = $1 and session = $2', [id, session]);
    },
    async release(id, session) {
      await run('update broker_messages set session = null where id = $1 and session = $2', [
        id,
        session,
      ]);
    },
    async releaseOrphans(own) {
      await run(`delete from broker_consumers as held where session <> $1 and not ${isAlive}`, [
        own,
      ]);
      const rows = await run<{ pool: string }>(
        `update broker_messages as held set session = null
          where session is not null and session <> $1 and not ${isAlive} returning pool`,
        [own],
      );
      return [...new Set(rows.map((row) => row.pool))];
    },
    async counts(name) {
      const [row] = await run<QueueCounts>(
        `select (select count(*)::int from broker_messages as held
                  where pool = $1 and (session is null or not ${isAlive})) as ready,
                (select count(*)::int from broker_consumers as held
                  where pool = $1 and ${isAlive}) as consumers`,
        [name],
      );
      if (!row) throw new AppError('broker.unavailable');
      return row;
    },
    async setConsuming(session, name) {
      await run('insert into broker_consumers values ($1, $2) on conflict do nothing', [
        session,
        name,
      ]);
    },
    async unsetConsuming(session, name) {
      await run('delete from broker_consumers where session = $1 and pool = $2', [session, name]);
    },
    async notify(channel, payload) {
      await run('select pg_notify($1, $2)', [channel, payload]);
    },
    close: () => pool.end(),
  };
}
