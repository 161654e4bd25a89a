// Failures are counted by their cause, an upload can be given more time than others, and a drain
// says why.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Failures since a page was last read: {"engine.crashed": 2}.
    alter table tasks add column causes jsonb not null default '{}';
    -- Instead of the worker's own limit.
    alter table uploads add column time_limit_ms integer;
    alter table workers add column drain_reason text;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table workers drop column drain_reason;
    alter table uploads drop column time_limit_ms;
    alter table tasks drop column causes;
  `);
}
