import { fork } from 'node:child_process';
import path from 'node:path';
import { after, before } from 'node:test';
import { silentLog } from '../../../testing/log.ts';
import { openRabbitmq, rabbitmqAt } from '../../../testing/rabbitmq.ts';
import { brokerContract } from '../contract.ts';
import { createRabbitmqBroker } from './broker.ts';

let server: Awaited<ReturnType<typeof openRabbitmq>>;
before(async () => {
  server = await openRabbitmq();
});
after(() => server.drop());

const brokerAt = (url: string) =>
  createRabbitmqBroker({ settings: rabbitmqAt(url), name: 'broker-test', log: silentLog });

brokerContract('rabbitmq', {
  open: () => brokerAt(server.url),
  openUnreachable: () => brokerAt('amqp://nobody:x@127.0.0.1:1'),
  forkHolder: (pool) =>
    fork(path.join(import.meta.dirname, '../../../testing/broker-holder.ts'), [server.url, pool]),
  cutConnections: () => server.cutConnections(),
});
