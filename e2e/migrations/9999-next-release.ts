// What a next release may bring; built into an image by steps/new-migration.ts alone.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('uploads', (table) => void table.text('next_release'));
  await knex('uploads').update({ next_release: 'was there before' });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('uploads', (table) => void table.dropColumn('next_release'));
}
