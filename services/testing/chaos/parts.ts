// The three parts that gateways and workers lean on, each of which can be taken away and brought back.
import { type Postgres, startPostgres } from '../../standalone/postgres/postgres.ts';
import { targetOf } from '../proxy.ts';
import { createTestRabbitmq } from '../rabbitmq.ts';
import { createTestS3, type TestS3 } from '../s3.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A part that can be away. */
export interface Part {
  at(): Address;
  start(): Promise<void>;
}

export interface Ledger extends Part {
  readonly url: string;
  /** Immediate shutdown: no checkpoint, it recovers from its log. */
  kill(): Promise<void>;
  drop(): Promise<void>;
}

export interface Broker extends Part {
  readonly url: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
  startWiped(): Promise<void>;
  drop(): Promise<void>;
}

export interface Store extends Part {
  readonly s3: TestS3;
  stop(): Promise<void>;
  drop(): Promise<void>;
}

/** With fsync: what was committed must survive. */
export async function startLedger(directory: string): Promise<Ledger> {
  const start = () => startPostgres({ directory, fsync: 'on' });
  let server: Postgres = await start();
  return {
    url: server.url,
    at: () => targetOf(server.url),
    async kill() {
      process.kill(server.pid, 'SIGQUIT');
      await server.exited;
    },
    async start() {
      server = await start();
    },
    drop: () => server.stop(),
  };
}

export async function startBroker(): Promise<Broker> {
  const rabbitmq = await createTestRabbitmq();
  return {
    url: rabbitmq.url,
    at: () => ({ host: '127.0.0.1', port: rabbitmq.port }),
    stop: () => rabbitmq.stop(),
    kill: () => rabbitmq.kill(),
    start: () => rabbitmq.start(),
    startWiped: () => rabbitmq.start({ wiped: true }),
    drop: () => rabbitmq.drop(),
  };
}

export async function startStore(): Promise<Store> {
  const s3 = await createTestS3();
  return {
    s3,
    at: () => ({ host: '127.0.0.1', port: s3.port }),
    stop: () => s3.stop(),
    start: () => s3.start(),
    drop: () => s3.drop(),
  };
}
