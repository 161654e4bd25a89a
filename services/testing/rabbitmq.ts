// A RabbitMQ node of its own for a test file that needs one. It takes seconds to start, so one
// serves all tests of the file, and only files that use it pay.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RabbitmqSettings, rabbitmqSettings } from '#core/broker/rabbitmq/settings.ts';
import { type Rabbitmq, startRabbitmq, wipeRabbitmq } from '../standalone/rabbitmq/rabbitmq.ts';
import { steadyPort } from './port.ts';

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

export function rabbitmqAt(url: string): RabbitmqSettings {
  const settings = rabbitmqSettings({ CRICKSY_BROKER_URL: url });
  if (!settings) throw new Error('not the URL of a broker');
  return settings;
}
