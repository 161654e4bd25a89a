// What the processes cost while nothing happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, processTree } from '../processes.ts';
import { sum } from '../statistics.ts';

export interface Idle {
  readonly name: string;
  readonly processes: number;
  readonly cpuMsPerSecond: number;
  readonly mib: number;
}

/** CPU milliseconds so far of a process and all below it. */
export function cpuOf(pid: number): number {
  return sum(processTree(pid).map((one) => one.cpuMs + one.endedCpuMs));
}

export async function measureIdle(
  pids: Readonly<Record<string, number>>,
  seconds: number,
): Promise<Idle[]> {
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, cpu: cpuOf(pid) }));
  await sleep(seconds * 1000);
  return before.map(({ name, pid, cpu }) => {
    const tree = processTree(pid);
    return {
      name,
      processes: tree.length,
      cpuMsPerSecond: (cpuOf(pid) - cpu) / seconds,
      mib: sum(tree.map((one) => memoryOf(one.pid))),
    };
  });
}
