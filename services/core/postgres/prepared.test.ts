import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { type Database, openDatabase } from '../ledger/database.ts';

let database: TestDatabase;
let db: Database;

before(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, name: 'test', connections: 3 });
  await db.query('create table things (id int primary key)');
  await db.query('insert into things values (1)');
});
after(async () => {
  await db.close();
  await database.drop();
});

const everything = 'select * from things where id = $1';

test('a statement is prepared once on its connection', async () => {
  await db.transaction(async (tx) => {
    for (let i = 0; i < 5; i++) await tx.query(everything, [1]);
    const rows = await tx.query<{ uses: number }>(
      'select generic_plans + custom_plans as uses from pg_prepared_statements where statement = $1',
      [everything],
    );
    assert.deepEqual(rows, [{ uses: 5 }]);
  });
});

test('nothing is kept on a connection that a pooler hands on', async () => {
  const pooled = openDatabase({ url: database.url, name: 'test', pooled: true });
  await pooled.transaction(async (tx) => {
    await tx.query(everything, [1]);
    assert.deepEqual(await tx.query('select name from pg_prepared_statements'), []);
  });
  await pooled.close();
});

test('a column that a migration adds disturbs nobody, inside of a transaction or not', async () => {
  const read = () => db.query(everything, [1]);
  const readInside = () => db.transaction((tx) => tx.query(everything, [1]));
  for (const [index, again] of [read, readInside].entries()) {
    await Promise.all([read(), read(), read()]);
    await db.query(`alter table things add column extra_${index} int default 7`);
    const [row] = await again();
    assert.equal((row as Record<string, number>)[`extra_${index}`], 7);
  }
});
