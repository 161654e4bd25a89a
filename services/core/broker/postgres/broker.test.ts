import { fork } from 'node:child_process';
import path from 'node:path';
import { after, before } from 'node:test';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../testing/database.ts';
import { silentLog } from '../../../testing/log.ts';
import { brokerContract } from '../contract.ts';
import { createPostgresBroker } from './broker.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

const brokerAt = (url: string) =>
  createPostgresBroker({ database: { url, name: 'broker-test' }, log: silentLog });

brokerContract('postgres', {
  open: () => brokerAt(database.url),
  openUnreachable: () => brokerAt('postgresql://nobody:x@127.0.0.1:1/none'),
  forkHolder: (pool) =>
    fork(path.join(import.meta.dirname, '../../../testing/broker-holder.ts'), [database.url, pool]),
  async cutConnections() {
    const admin = new pg.Client(database.url);
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'broker-test'`,
    );
    await admin.end();
  },
});
