// Everything that a release consists of, as real processes: two gateways, two workers, a RabbitMQ, an S3 server
// and a database that can be taken away; and a Prometheus that scrapes them.
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { steadyPort } from '../../services/testing/port.ts';
import { startProxy, type TcpProxy, targetOf, through } from '../../services/testing/proxy.ts';
import { createTestRabbitmq, type TestRabbitmq } from '../../services/testing/rabbitmq.ts';
import { createTestS3, type TestS3 } from '../../services/testing/s3.ts';
import { createSystem, type Running, type System } from '../../services/testing/system.ts';
import type { Group } from '../rules.ts';
import { type Prometheus, startPrometheus, type Target } from './prometheus.ts';

export interface Stack {
  readonly system: System;
  readonly broker: TestRabbitmq;
  readonly store: TestS3;
  /** Before the ledger, for gateways and workers. */
  readonly ledger: TcpProxy;
  readonly prometheus: Prometheus;
  readonly gateways: Running[];
  readonly workers: Running[];
  /** Starts what is not running, at its old address. */
  revive(): Promise<void>;
  drop(): Promise<void>;
}

interface Member extends Target {
  readonly port: number;
}

export async function startStack(groups: readonly Group[]): Promise<Stack> {
  const [broker, store] = await Promise.all([createTestRabbitmq(), createTestS3()]);
  // Before the first gateway looks for one, which it does every ten minutes.
  const backup = `backups/${new Date().toISOString().replaceAll(':', '-')}.dump`;
  await store.client.send(
    new PutObjectCommand({ Bucket: store.bucket, Key: backup, Body: 'a dump' }),
  );
  const system = await createSystem({ CRICKSY_BROKER_URL: broker.url, ...store.env });
  const ledger = await startProxy(targetOf(system.databaseUrl));
  const members = await Promise.all(
    (['gateway', 'gateway', 'worker', 'worker'] as const).map(async (component, index) => {
      const port = await steadyPort();
      const pod = `${component}-${1 + (index % 2)}`;
      return { component, pod, port, address: `127.0.0.1:${port}` };
    }),
  );
  const start = ({ component, port }: Member) => {
    const env = {
      DATABASE_URL: through(ledger, system.databaseUrl),
      CRICKSY_INTERNAL_PORT: String(port),
      CRICKSY_INTERNAL_HOST: '127.0.0.1',
      CRICKSY_WORKER_SLOTS: '1',
    };
    return component === 'gateway' ? system.startGateway(env) : system.startWorker(env);
  };
  const running = new Map<Member, Running>();
  const revive = async () => {
    for (const member of members.filter((one) => !running.has(one))) {
      const one = await start(member);
      running.set(member, one);
      void one.ended.then(() => running.delete(member));
    }
  };
  await revive();
  const prometheus = await startPrometheus({ targets: members, groups });
  const those = (component: Target['component']) =>
    members.flatMap((member) =>
      member.component === component ? (running.get(member) ?? []) : [],
    );
  return {
    system,
    broker,
    store,
    ledger,
    prometheus,
    get gateways() {
      return those('gateway');
    },
    get workers() {
      return those('worker');
    },
    revive,
    async drop() {
      await prometheus.stop();
      await system.stop();
      await ledger.close();
      await Promise.all([broker.drop(), store.drop()]);
    },
  };
}
