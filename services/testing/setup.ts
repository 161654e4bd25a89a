// Before all tests: one PostgreSQL for the run, with a migrated template of which every test
// file gets a copy. CRICKSY_TEST_DATABASE_URL names another server to test against.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { migrate } from '#core/ledger/migrate.ts';
import { type Postgres, startPostgres } from '../standalone/postgres/postgres.ts';
import { template, withDatabase } from './database.ts';

let server: Postgres | undefined;
let directory: string | undefined;

export async function globalSetup(): Promise<void> {
  if (!process.env['CRICKSY_TEST_DATABASE_URL']) {
    directory = mkdtempSync(path.join(tmpdir(), 'cricksy-test-'));
    server = await startPostgres({ directory, fsync: 'off' });
    process.env['CRICKSY_TEST_DATABASE_URL'] = server.url;
  }
  const url = process.env['CRICKSY_TEST_DATABASE_URL'];
  const admin = new pg.Client(url);
  await admin.connect();
  await admin.query(`drop database if exists ${template}`);
  await admin.query(`create database ${template}`);
  await admin.end();
  await migrate({ url: withDatabase(url, template), name: 'migrate' });
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  if (directory) rmSync(directory, { recursive: true, force: true });
}
