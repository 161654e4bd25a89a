// Counters of the rate limit, in the form that rate-limiter-flexible expects (and in this order:
// it inserts by position).
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table rate_limits (
      key     varchar(255) primary key,
      points  integer not null default 0,
      expire  bigint
    )
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table rate_limits');
}
