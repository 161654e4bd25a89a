// A database of its own for every test file, copied from the template in some 50 ms.
import { randomUUID } from 'node:crypto';
import pg from 'pg';

export const template = 'cricksy_template';

export interface TestDatabase {
  readonly url: string;
  /** Cuts whoever is still connected. */
  drop(): Promise<void>;
}

/** `from`: template0 is empty. */
export async function createTestDatabase(from = template): Promise<TestDatabase> {
  const server = process.env['CRICKSY_TEST_DATABASE_URL'];
  if (!server) {
    throw new Error(
      'no database to test with: run `make test`, or node --test with --test-global-setup=services/testing/setup.ts',
    );
  }
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(server, [
    // Copies of one template are made one after another.
    'select pg_advisory_lock(7239009)',
    `create database ${name} template ${from}`,
  ]);
  return {
    url: withDatabase(server, name),
    drop: () => administer(server, [`drop database if exists ${name} with (force)`]),
  };
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function administer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
