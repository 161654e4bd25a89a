// What metrics ask of the ledger again and again is read from indexes alone: the age of unfinished
// tasks, and the bytes of uploads by status. The new ones are built before the old ones go, so that
// nobody waits for the plans that need them.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index tasks_unfinished_age on tasks (pool, status, created_at)
      where status in ('waiting', 'dispatched', 'running');
    create index uploads_status_size on uploads (status, created_at, id) include (object_size);
    drop index tasks_unfinished, uploads_status;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create index tasks_unfinished on tasks (pool, status)
      where status in ('waiting', 'dispatched', 'running');
    create index uploads_status on uploads (status, created_at, id);
    drop index tasks_unfinished_age, uploads_status_size;
  `);
}
