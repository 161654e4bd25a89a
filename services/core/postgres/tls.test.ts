// A database that speaks TLS with a certificate of a private authority, as the chart's
// `database.caSecret` and `sslMode` name it.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Postgres, startPostgres } from '../../standalone/postgres/postgres.ts';
import { makeCertificates } from '../../testing/certificates.ts';
import { openDatabase } from '../ledger/database.ts';
import { migrate } from '../ledger/migrate.ts';

let folder: string;
let server: Postgres;
const file = (name: string) => path.join(folder, name);

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cricksy-tls-'));
  chmodSync(folder, 0o755);
  makeCertificates(folder, 'DNS:localhost');
  server = await startPostgres({ directory: folder, fsync: 'off' });
  const { uid, gid } = statSync(file('data'));
  for (const name of ['server.key', 'server.pem']) chownSync(file(name), uid, gid);
  chmodSync(file('server.key'), 0o600);
  const admin = new pg.Client(server.url);
  await admin.connect();
  await admin.query(`alter system set ssl_cert_file = '${file('server.pem')}'`);
  await admin.query(`alter system set ssl_key_file = '${file('server.key')}'`);
  await admin.query('alter system set ssl = on');
  await admin.query('select pg_reload_conf()');
  await admin.end();
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The server's URL as the chart writes it, the password apart. */
function optionsWith(mode: string, authority?: string, host = 'localhost') {
  const url = new URL(server.url);
  const password = decodeURIComponent(url.password);
  url.password = '';
  url.hostname = host;
  url.searchParams.set('sslmode', mode);
  if (authority) url.searchParams.set('sslrootcert', file(authority));
  return { url: url.href, password, name: 'test' };
}

async function isEncrypted(options: ReturnType<typeof optionsWith>): Promise<boolean> {
  const db = openDatabase(options);
  try {
    const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    const [row] = await db.query<{ ssl: boolean }>(sql);
    return row?.ssl === true;
  } finally {
    await db.close();
  }
}

for (const mode of ['require', 'verify-full']) {
  test(`${mode}: the authority that is named vouches for the database`, async () => {
    assert.equal(await isEncrypted(optionsWith(mode, 'ca.pem')), true);
  });

  test(`${mode}: another authority does not, nor do the public ones`, async () => {
    for (const authority of ['other.pem', undefined]) {
      await assert.rejects(isEncrypted(optionsWith(mode, authority)), (error: Error) => {
        assert.match(String(error.cause), /certificate/);
        return true;
      });
    }
  });
}

test('verify-full: the name has to be the one in the certificate', async () => {
  // The same server under a name that its certificate does not have.
  const options = optionsWith('verify-full', 'ca.pem', '127.0.0.1');
  await assert.rejects(isEncrypted(options), (error: Error) => {
    assert.match(String(error.cause), /altname/i);
    return true;
  });
});

test('migrations go the same way; disable encrypts nothing', async () => {
  const applied = await migrate(optionsWith('verify-full', 'ca.pem'));
  assert.ok(applied.length > 0);
  assert.equal(await isEncrypted(optionsWith('disable')), false);
});
