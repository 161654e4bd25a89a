// Who may come in, and what is said to those who may not.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { freePort } from '../../../standalone/port.ts';
import { makeCertificates } from '../../../testing/certificates.ts';
import { silentLog } from '../../../testing/log.ts';
import { createTestRabbitmq, rabbitmqAt, type TestRabbitmq } from '../../../testing/rabbitmq.ts';
import { ConfigError } from '../../config.ts';
import { createRabbitmqBroker } from './broker.ts';
import { type RabbitmqSettings, rabbitmqSettings } from './settings.ts';

test('each field wins over its part of the URL', () => {
  assert.deepEqual(rabbitmqAt('amqps://me:p%40ss%2Fword@[::1]/a%2Fb'), {
    host: '::1',
    tls: true,
    port: 5671,
    user: 'me',
    password: 'p@ss/word',
    vhost: 'a/b',
    ca: undefined,
    cert: undefined,
    key: undefined,
  });
  const settings = rabbitmqSettings({
    CRICKSY_BROKER_URL: 'amqp://me:wrong@somewhere/old',
    CRICKSY_BROKER_HOST: 'rabbit',
    CRICKSY_BROKER_PASSWORD: 'p@ss:/%?#',
    CRICKSY_BROKER_VHOST: 'a%b',
  });
  assert.deepEqual(
    [settings?.host, settings?.port, settings?.user, settings?.password, settings?.vhost],
    ['rabbit', 5672, 'me', 'p@ss:/%?#', 'a%b'],
  );
  assert.equal(rabbitmqSettings({}), undefined);
});

suite('RabbitMQ lets in', () => {
  const password = 'p@ss:/%?# "ü';
  let folder: string;
  let server: TestRabbitmq;
  let tlsPort: number;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'cricksy-tls-'));
    makeCertificates(folder);
    tlsPort = await freePort(0, '127.0.0.1', 0);
    server = await createTestRabbitmq([
      `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
      `ssl_options.cacertfile = ${folder}/ca.pem`,
      `ssl_options.certfile = ${folder}/server.pem`,
      `ssl_options.keyfile = ${folder}/server.key`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
    ]);
    await server.control('add_user', 'odd user', password);
    await server.control('add_vhost', 'odd/vhost%');
    // No more than what is ours.
    const ours = '^(cricksy\\.|amq\\.default$).*';
    await server.control('set_permissions', '-p', 'odd/vhost%', 'odd user', ours, ours, ours);
  });
  after(async () => {
    await server.drop();
    rmSync(folder, { recursive: true, force: true });
  });
  const pem = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  const plain = (): RabbitmqSettings => ({
    ...rabbitmqAt(server.url),
    user: 'odd user',
    password,
    vhost: 'odd/vhost%',
  });
  const encrypted = (): RabbitmqSettings => ({
    ...plain(),
    tls: true,
    port: tlsPort,
    ca: pem('ca.pem'),
    cert: pem('client.pem'),
    key: pem('client.key'),
  });
  const attempt = async (settings: RabbitmqSettings) => {
    const broker = createRabbitmqBroker({ settings, name: 'settings', log: silentLog });
    try {
      await broker.tried;
      await broker.ping();
      await broker.publish('odd pool', [{ task_id: 'x', dispatch: 1 }]);
    } finally {
      await broker.close();
    }
  };
  const refused = (settings: RabbitmqSettings, words: RegExp) =>
    assert.rejects(attempt(settings), (error: unknown) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.message, words);
      assert.ok(!error.message.includes(settings.password));
      return true;
    });

  test('a user with rights to our names only, whose password and virtual host have odd characters', () =>
    attempt(plain()));

  test('whoever shows a certificate of the authority that both trust', () => attempt(encrypted()));

  test('nobody with a wrong password', () =>
    refused({ ...plain(), password: 'wrong-one' }, /does not let the user "odd user" in/));

  test('nobody to a virtual host that is not there', () =>
    refused({ ...plain(), vhost: 'nowhere' }, /does not open the virtual host "nowhere"/));

  test('nobody who does not trust it', () =>
    refused({ ...encrypted(), ca: pem('other.pem') }, /do not agree on TLS/));

  test('nobody without a certificate', () =>
    refused({ ...encrypted(), cert: undefined, key: undefined }, /do not agree on TLS/));

  test('nobody who encrypts where nothing is encrypted', () =>
    refused({ ...encrypted(), port: server.port }, /do not agree on TLS/));
});
