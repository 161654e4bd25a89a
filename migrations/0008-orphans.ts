// Objects that no row knows, as the last scan of the store found them, and what the ledger and the
// store know of each other.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table orphans (
      upload_id      uuid primary key,
      object_count   integer not null,
      bytes          bigint not null,
      newest_at      timestamptz not null,
      first_seen_at  timestamptz not null default now(),
      scan           bigint not null
    );

    -- One row. The store holds a copy of ledger_id and number: a ledger that finds a higher number
    -- there than its own, or another id, was restored or replaced.
    create table store_watch (
      only_row         boolean primary key default true check (only_row),
      ledger_id        uuid not null default gen_random_uuid(),
      number           bigint not null default 0,
      marked_at        timestamptz,
      scan             bigint not null default 0,
      scan_started_at  timestamptz,
      scan_ended_at    timestamptz,
      paused_until     timestamptz,
      pause_reason     text
    );
    insert into store_watch default values;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table store_watch, orphans');
}
