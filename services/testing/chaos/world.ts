// The system under test: PostgreSQL, RabbitMQ and an S3 server, gateways and workers as separate
// processes, and a proxy on every way between them.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { type Database, openDatabase } from '#core/ledger/database.ts';
import { migrate } from '#core/ledger/migrate.ts';
import { steadyPort } from '../port.ts';
import { startProxy, type TcpProxy, through } from '../proxy.ts';
import { type Member, startMember } from './member.ts';
import {
  type Broker,
  type Ledger,
  type Store,
  startBroker,
  startLedger,
  startStore,
} from './parts.ts';
import { type Members, names, type Target, targets } from './schedule.ts';

export interface World {
  /** Straight to the ledger, past every proxy, over whatever happens to it. */
  readonly db: Database;
  /** Base URLs of the gateways, as clients know them. */
  readonly urls: readonly string[];
  readonly workers: readonly Member[];
  gateway(index: number): Member;
  worker(index: number): Member;
  link(member: string, target: Target): TcpProxy;
  readonly ledger: Ledger;
  readonly broker: Broker;
  readonly store: Store;
  objectKeys(): Promise<string[]>;
  /** What the processes wrote: for a run that went wrong. */
  output(): string;
  close(): Promise<void>;
}

const repository = path.join(import.meta.dirname, '../../..');

/** `services` is the code that runs: another folder for a build that was broken on purpose. */
export async function createWorld(
  members: Members,
  services = path.join(repository, 'services'),
): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-chaos-'));
  const ledger = await startLedger(path.join(folder, 'postgres'));
  const [broker, store] = await Promise.all([startBroker(), startStore()]);
  await migrate({ url: ledger.url, name: 'migrate' });
  const parts = { ledger, broker, store };
  const direct = await startProxy(ledger.at());
  const links = new Map<string, TcpProxy>();
  const everybody = names(members.gateways, members.workers);
  for (const member of everybody) {
    for (const target of targets) {
      links.set(`${member} ${target}`, await startProxy(parts[target].at()));
    }
  }
  const link = (member: string, target: Target) => found(links.get(`${member} ${target}`));

  const secret = randomBytes(16).toString('hex');
  const environmentOf = (member: string) => ({
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: through(link(member, 'ledger'), ledger.url),
    CRICKSY_BROKER_URL: through(link(member, 'broker'), broker.url),
    ...store.s3.env,
    CRICKSY_S3_ENDPOINT_URL: through(link(member, 'store'), store.s3.url),
    CRICKSY_OBJECTS_PUBLIC: 'gateway',
    CRICKSY_SIGNING_SECRET: secret,
    CRICKSY_SCRATCH_DIR: path.join(folder, 'scratch', member),
    CRICKSY_RATE_LIMIT_INITIATE: '0',
    CRICKSY_SHUTDOWN_GRACE: '10',
    HOST: '127.0.0.1',
  });
  const start = async (name: string, program: string, env: Record<string, string>) =>
    startMember(name, path.join(services, program, 'main.ts'), { ...environmentOf(name), ...env });

  const ports = await Promise.all(names(members.gateways, 0).map(steadyPort));
  const all = await Promise.all(
    everybody.map((name, index) => {
      const port = ports[index];
      return port === undefined
        ? start(name, 'worker', { CRICKSY_WORKER_NAME: name, CRICKSY_WORKER_SLOTS: '1' })
        : start(name, 'gateway', { PORT: String(port) });
    }),
  );
  const workers = all.slice(members.gateways);
  const db = openDatabase({ url: through(direct, ledger.url), name: 'checker', connections: 4 });

  return {
    db,
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    workers,
    gateway: (index) => found(all[index]),
    worker: (index) => found(workers[index]),
    link,
    ledger: {
      ...ledger,
      // It comes back on another port.
      async start() {
        await ledger.start();
        direct.aim(ledger.at());
        for (const member of everybody) link(member, 'ledger').aim(ledger.at());
      },
    },
    broker,
    store,
    async objectKeys() {
      const keys: string[] = [];
      const { client, bucket } = store.s3;
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket })) {
        keys.push(...(page.Contents ?? []).flatMap((one) => one.Key ?? []));
      }
      return keys;
    },
    output: () => all.map((one) => `--- ${one.name}\n${one.output()}`).join('\n'),
    async close() {
      await Promise.all(all.map((one) => one.stop()));
      await db.close();
      await Promise.all([direct, ...links.values()].map((proxy) => proxy.close()));
      await Promise.all([ledger.drop(), broker.drop(), store.drop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function found<T>(one: T | undefined): T {
  if (one === undefined) throw new Error('there is no such member');
  return one;
}
