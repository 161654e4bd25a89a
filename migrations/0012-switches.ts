// What operators switch off by hand: a feature everywhere, or for the workers of one pool. What has
// no row is on. Switching concerns no upload, so its events have none.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table switches (
      feature     text not null check (feature in ('uploads', 'ocr')),
      -- '' is every pool; only the reading of uploads can be switched for one.
      pool        text not null default '' check (pool = '' or feature = 'ocr'),
      is_on       boolean not null,
      changed_by  text not null,
      changed_at  timestamptz not null default now(),
      reason      text,
      primary key (feature, pool)
    );
    alter table events alter column upload_id drop not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from events where upload_id is null;
    alter table events alter column upload_id set not null;
    drop table switches;
  `);
}
