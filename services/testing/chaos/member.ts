// One gateway or worker of the system under test, kept alive as a Deployment would keep it:
// whatever ends it, it is started again after a moment.
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf } from '../processes.ts';
import { launch, type Running } from '../system.ts';

export interface Member {
  readonly name: string;
  /** SIGKILL at once; resolves when another one is ready. */
  kill(): Promise<void>;
  /** SIGTERM, SIGKILL after `graceMs`; resolves when another one is ready. */
  restart(graceMs: number): Promise<void>;
  /** SIGSTOP, and SIGCONT `ms` later. Its engine processes go on. */
  pause(ms: number): Promise<void>;
  /** SIGKILL to one of its children; false when it has none. */
  killChild(): boolean;
  /** What all its processes wrote. */
  output(): string;
  stop(): Promise<void>;
}

const restartMs = 300;

export async function startMember(
  name: string,
  program: string,
  env: Record<string, string>,
): Promise<Member> {
  let stopping = false;
  let words = '';
  let current = await launch(program, env);

  const again = async (): Promise<Running> => {
    for (;;) {
      try {
        return await launch(program, env);
      } catch (error) {
        // What it needs may be away just now.
        words += `${error instanceof Error ? error.message : String(error)}\n`;
        if (stopping) throw error;
        await sleep(restartMs);
      }
    }
  };
  const supervise = async () => {
    while (!stopping) {
      await current.ended;
      words += current.output();
      if (stopping) return;
      await sleep(restartMs);
      const next = again();
      replaced = next.then(() => undefined);
      current = await next;
    }
  };
  let replaced: Promise<void> = Promise.resolve();
  const supervising = supervise();
  const end = async (one: Running, signal: NodeJS.Signals) => {
    await one.kill(signal);
    while (current === one && !stopping) await sleep(20);
    await replaced;
  };

  return {
    name,
    kill: () => end(current, 'SIGKILL'),
    async restart(graceMs) {
      const one = current;
      const late = setTimeout(() => void one.kill('SIGKILL'), graceMs);
      await end(one, 'SIGTERM');
      clearTimeout(late);
    },
    async pause(ms) {
      const { pid } = current;
      process.kill(pid, 'SIGSTOP');
      await sleep(ms);
      if (current.pid === pid) process.kill(pid, 'SIGCONT');
    },
    killChild() {
      const children = descendantsOf(current.pid);
      const victim = children[Math.floor(children.length / 2)];
      if (victim === undefined) return false;
      process.kill(victim, 'SIGKILL');
      return true;
    },
    output: () => words + current.output(),
    async stop() {
      stopping = true;
      await current.kill('SIGTERM');
      await supervising;
    },
  };
}
