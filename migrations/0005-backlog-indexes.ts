// What the dispatcher asks each time it looks must not depend on how much waits: the order of
// dispatch with its tie-breaker, the next task that is due, and the backlog's counts.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index tasks_waiting;
    create index tasks_waiting on tasks (pool, order_at, id) where status = 'waiting';
    create index tasks_due on tasks (pool, run_at) where status = 'waiting';
    create index tasks_unfinished on tasks (pool, status)
      where status in ('waiting', 'dispatched', 'running');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index tasks_unfinished, tasks_due, tasks_waiting;
    create index tasks_waiting on tasks (pool, order_at) where status = 'waiting';
  `);
}
