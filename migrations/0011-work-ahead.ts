// How much work comes, waits and was done, at the cost of what is new rather than of all there is.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What is to be recognised on the pages of a range, told from the pages that had been read when
    -- it was cut; null: nobody knows.
    alter table tasks add column megapixels double precision;
    create index tasks_created on tasks (pool, created_at);
    create index tasks_done on tasks (pool, ended_at) where status = 'done';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index tasks_done, tasks_created;
    alter table tasks drop column megapixels;
  `);
}
