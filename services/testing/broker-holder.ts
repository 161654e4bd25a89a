// A process that takes one message and keeps it, until it is killed.
import { createPostgresBroker } from '#core/broker/postgres/broker.ts';
import { createRabbitmqBroker } from '#core/broker/rabbitmq/broker.ts';
import { silentLog } from './log.ts';
import { rabbitmqAt } from './rabbitmq.ts';

const [, , url = '', pool = ''] = process.argv;
const broker = url.startsWith('amqp:')
  ? createRabbitmqBroker({ settings: rabbitmqAt(url), name: 'holder', log: silentLog })
  : createPostgresBroker({ database: { url, name: 'holder' }, log: silentLog });
await broker.consume(pool, { prefetch: 1 }, () => process.send?.('holding'));
