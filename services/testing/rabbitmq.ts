// A RabbitMQ node of its own for a test file that needs one. It takes seconds to start, so one
// serves all tests of the file, and only files that use it pay.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RabbitmqSettings, rabbitmqSettings } from '#core/broker/rabbitmq/settings.ts';
import { type Rabbitmq, startRabbitmq, wipeRabbitmq } from '../standalone/rabbitmq/rabbitmq.ts';
import { steadyPort } from './port.ts';
import { startProxy, through } from './proxy.ts';

export interface TestRabbitmq {
  /** The same after every restart. */
  readonly url: string;
  readonly port: number;
  control(...args: string[]): Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** After `stop` or `kill`. */
  start(options?: { wiped?: boolean }): Promise<void>;
  /** Ends it and removes its files. */
  drop(): Promise<void>;
}

export async function createTestRabbitmq(settings: readonly string[] = []): Promise<TestRabbitmq> {
  const directory = mkdtempSync(path.join(tmpdir(), 'cricksy-rabbitmq-'));
  const ports = {
    amqp: await steadyPort(),
    distribution: await steadyPort(),
    epmd: await steadyPort(),
  };
  const start = () => startRabbitmq({ directory, ports, settings });
  let node: Rabbitmq = await start();
  return {
    url: node.url,
    port: ports.amqp,
    control: (...args) => node.control(...args),
    stop: () => node.stop(),
    kill: () => node.kill(),
    async start({ wiped = false } = {}) {
      if (wiped) wipeRabbitmq(directory);
      node = await start();
    },
    async drop() {
      await node.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface AnyRabbitmq {
  readonly url: string;
  /** All of them, from the server's side. */
  cutConnections(): Promise<void>;
  drop(): Promise<void>;
}

/** A node of the test's own, or the server that CRICKSY_TEST_RABBITMQ_URL names: any release, anywhere. */
export async function openRabbitmq(): Promise<AnyRabbitmq> {
  const url = process.env['CRICKSY_TEST_RABBITMQ_URL'];
  if (!url) {
    const node = await createTestRabbitmq();
    return {
      ...node,
      cutConnections: async () => void (await node.control('close_all_connections', 'a test')),
    };
  }
  const { hostname: host, port } = new URL(url);
  const proxy = await startProxy({ host, port: Number(port || 5672) });
  return {
    url: through(proxy, url),
    async cutConnections() {
      proxy.set('refuse');
      proxy.set('forward');
    },
    drop: () => proxy.close(),
  };
}

export function rabbitmqAt(url: string): RabbitmqSettings {
  const settings = rabbitmqSettings({ CRICKSY_BROKER_URL: url });
  if (!settings) throw new Error('not the URL of a broker');
  return settings;
}
