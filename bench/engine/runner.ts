// The process of one contestant: reads what it is told to and says what that cost, its own
// children and threads included.
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { openContestant } from './contestants.ts';

export interface Reading {
  readonly ms: number;
  readonly cpuMs: number;
  readonly text: string;
  /** Largest resident size so far, of this process or of the largest child. MiB. */
  readonly peakMiB: number;
}

const RUSAGE_CHILDREN = -1;
const time = koffi.struct({ seconds: 'long', micros: 'long' });
const rusage = koffi.struct({
  user: time,
  system: time,
  maxrss: 'long',
  rest: koffi.array('long', 13),
});
const getrusage = koffi
  .load(null)
  .func('getrusage', 'int', ['int', koffi.out(koffi.pointer(rusage))]);

const contestant = await openContestant(process.argv[2] ?? '');
process.on('disconnect', () => process.exit(0));
process.on('message', (file: string) => {
  void read(file).then((reading) => process.send?.(reading));
});
process.send?.({ version: contestant.version });

async function read(file: string): Promise<Reading> {
  const cpu = cpuMs();
  const started = performance.now();
  const text = await contestant.read(file);
  const ms = performance.now() - started;
  return { ms, cpuMs: cpuMs() - cpu, text, peakMiB: peakMiB() };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  const children = ofChildren();
  return (user + system) / 1000 + millis(children.user) + millis(children.system);
}

function ofChildren() {
  const usage = {} as Record<'user' | 'system', { seconds: number; micros: number }> & {
    maxrss: number;
  };
  getrusage(RUSAGE_CHILDREN, usage);
  return usage;
}

function millis({ seconds, micros }: { seconds: number; micros: number }): number {
  return seconds * 1000 + micros / 1000;
}

function peakMiB(): number {
  const children = ofChildren().maxrss;
  if (children > 0) return children / 1024;
  const own = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(own) / 1024;
}
