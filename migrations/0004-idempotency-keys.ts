// Which upload an Idempotency-Key of a client stands for. Without a foreign key on purpose: a key
// outlives a deleted upload, or a repeated request would bring it back.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table idempotency_keys (
      principal    text not null,
      key          text not null,
      -- SHA-256 of the request, to tell a repetition from another use of the key.
      fingerprint  text not null,
      upload_id    uuid not null,
      created_at   timestamptz not null default now(),
      primary key (principal, key)
    );
    create index idempotency_keys_created on idempotency_keys (created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table idempotency_keys');
}
