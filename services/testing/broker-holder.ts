// A process that takes one message and keeps it, until it is killed.
import { createPostgresBroker } from '#core/broker/postgres/broker.ts';
import { silentLog } from './log.ts';

const [, , url = '', pool = ''] = process.argv;
const broker = createPostgresBroker({ database: { url, name: 'holder' }, log: silentLog });
await broker.consume(pool, { prefetch: 1 }, () => process.send?.('holding'));
