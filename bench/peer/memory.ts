// What either side keeps in memory to serve and to read: gateway, worker, and what reads. Neither
// its database nor its broker, of which a deployment has its own.
import { roleOf, type Standalone } from '../pipeline/standalone.ts';
import { memoryOf, processTree } from '../processes.ts';
import { sum } from '../statistics.ts';
import type { Peer } from './peer.ts';

const counted = ['gateway', 'worker', 'engine'];

/** MiB. Not the process that started them, as little as the script that started the peer's. */
export function memoryOfOurs({ pid }: Standalone): number {
  const own = processTree(pid).filter((one) => counted.includes(roleOf(one)));
  return sum(own.map((one) => memoryOf(one.pid)));
}

/** MiB. Its engine is a process for each page, and gone when nothing is read. */
export function memoryOfPeer({ pids }: Peer): number {
  const trees = [pids['gateway'], pids['worker']].flatMap((pid) => (pid ? processTree(pid) : []));
  return sum(trees.map(({ pid }) => memoryOf(pid)));
}
