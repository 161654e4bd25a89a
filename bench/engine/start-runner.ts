// Starts the process of a contestant, on one core where that is possible.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Reading } from './runner.ts';

export interface Runner {
  readonly version: string;
  read(file: string): Promise<Reading>;
  stop(): void;
}

const program = path.join(import.meta.dirname, 'runner.ts');

export async function startRunner(
  name: string,
  { core }: { readonly core: number | undefined },
): Promise<Runner> {
  const node = [process.execPath, program, name];
  const [command = '', ...args] =
    core === undefined ? node : ['taskset', '-c', String(core), ...node];
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], OMP_THREAD_LIMIT: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the process of ${name} ended with ${code}`);
  });
  died.catch(() => undefined);
  const answer = async () => {
    const [message] = (await Promise.race([once(child, 'message'), died])) as [unknown];
    return message;
  };
  const { version } = (await answer()) as { version: string };
  return {
    version,
    async read(file) {
      child.send(file);
      return (await answer()) as Reading;
    },
    stop: () => child.disconnect(),
  };
}
