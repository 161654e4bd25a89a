// Which mark is known to lie in the store: one that was counted and could not be left there has
// compared nothing.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table store_watch add column left_number bigint not null default 0');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table store_watch drop column left_number');
}
