import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { silentLog } from '../../testing/log.ts';
import { awaitSchema } from './await-schema.ts';
import { type Database, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let db: Database;

before(async () => {
  database = await createTestDatabase('template0');
  db = openDatabase({ url: database.url, name: 'test', connections: 2 });
});
after(async () => {
  await db.close();
  await database.drop();
});

function afterTwoLooks(): () => boolean {
  let looks = 0;
  return () => {
    looks += 1;
    return looks > 2;
  };
}

const options = { log: silentLog, everyMs: 20 };

test('an empty database is waited for until all migrations are applied', async () => {
  let looks = 0;
  let ready = false;
  const { promise: lookedTwice, resolve } = Promise.withResolvers<void>();
  const givenUp = () => {
    looks += 1;
    if (looks === 3) resolve();
    return false;
  };
  const waiting = awaitSchema(db, { ...options, givenUp }).then((result) => {
    ready = true;
    return result;
  });
  await lookedTwice;
  assert.equal(ready, false);
  await migrate({ url: database.url, name: 'migrate' });
  assert.equal(await waiting, true);
});

test('one migration that is missing is waited for; who is told to stop gives up', async () => {
  const [last] = await db.query<{ name: string }>(
    'delete from schema_migrations where id = (select max(id) from schema_migrations) returning name',
  );
  assert.equal(await awaitSchema(db, { ...options, givenUp: afterTwoLooks() }), false);
  await db.query('insert into schema_migrations (name, batch) values ($1, 1)', [last?.name]);
  assert.equal(await awaitSchema(db, { ...options, givenUp: () => false }), true);
});

test('a schema that is newer than the service serves it', async () => {
  await db.query("insert into schema_migrations (name, batch) values ('9999-later.ts', 2)");
  assert.equal(await awaitSchema(db, { ...options, givenUp: () => false }), true);
});

test('a database that is away is waited for', async () => {
  const away = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none', name: 'test' });
  assert.equal(await awaitSchema(away, { ...options, givenUp: afterTwoLooks() }), false);
  await away.close();
});
