// Where it was measured. No name of the machine, nor anything of its owner.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

export function describeMachine(): Record<string, string> {
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: output('git', ['describe', '--always', '--dirty']),
    machine: `${cores.length} x ${cores[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${distribution()}, ${type()} ${release()}`,
    node: process.versions.node,
    // 0 to 0.3 before the start means a quiet machine.
    'load at the end': loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
  };
}

/** Milliseconds of all cores together since boot: busy ones, and all of them. */
export function machineTime(): { busy: number; all: number } {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((total, time) => total + time.idle, 0);
  const busy = times.reduce(
    (total, { user, nice, sys, irq }) => total + user + nice + sys + irq,
    0,
  );
  return { busy, all: busy + idle };
}

/** First line of what a program says, empty when it is not there. */
export function output(program: string, args: readonly string[]): string {
  try {
    const text = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.trim().split('\n', 1)[0] ?? '';
  } catch {
    return '';
  }
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
