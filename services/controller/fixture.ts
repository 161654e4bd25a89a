// A candidate in a process of its own, which tests can kill and freeze: says on stdout who leads
// whenever that changes, and on every line of stdin.
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { connectToTestCluster } from './kubernetes/fixture.ts';
import { startLeader, type Timings } from './leader.ts';

export const quick: Timings = {
  leaseMs: 3_000,
  renewWithinMs: 2_000,
  renewEveryMs: 500,
  retryEveryMs: 200,
};

if (import.meta.main) {
  const [namespace = '', identity = '', skewMs = '0'] = process.argv.slice(2);
  const say = (epoch: number | undefined) => process.stdout.write(`${epoch ?? 'none'}\n`);
  const leader = startLeader({
    kubernetes: await connectToTestCluster(),
    namespace,
    name: 'controller',
    identity,
    timings: quick,
    now: () => performance.now(),
    date: () => new Date(Date.now() + Number(skewMs)),
    onChange: say,
    log: pino({ level: 'silent' }),
  });
  createInterface(process.stdin).on('line', () => say(leader.epoch()));
  process.on('SIGTERM', () => void leader.stop().then(() => process.exit(0)));
}
