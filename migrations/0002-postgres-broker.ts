// The tables of the broker on PostgreSQL. Unlogged: cheap to write, and empty after a crash of
// the server like a wiped RabbitMQ; the ledger dispatches again.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create unlogged table broker_messages (
      id           bigint generated always as identity primary key,
      pool         text not null,
      task_id      uuid not null,
      dispatch     integer not null,
      traceparent  text,
      -- True from the first delivery on.
      delivered    boolean not null default false,
      -- Who holds it: the number of an advisory lock that lives as long as the receiver.
      session      integer
    );
    create index broker_messages_ready on broker_messages (pool, id) where session is null;
    create index broker_messages_held on broker_messages (session) where session is not null;

    create unlogged table broker_consumers (
      session  integer not null,
      pool     text not null,
      primary key (session, pool)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table broker_consumers, broker_messages');
}
