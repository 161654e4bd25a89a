// Filters of the list, each with its order in the index: rare errors among a million uploads, and one
// status of a user who has many.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index uploads_error on uploads (error_code, created_at, id) where error_code is not null;
    create index uploads_user_status on uploads (user_id, status, created_at, id) where user_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index uploads_user_status, uploads_error');
}
