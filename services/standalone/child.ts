// A process of ours under supervision: started again when it dies, with a growing pause, until
// it is stopped.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitConfig } from '#core/lifecycle.ts';
import type { Log } from '#core/log.ts';

export interface Child {
  /** What the process said when it was ready for the first time. Rejects when it never can be. */
  readonly ready: Promise<Record<string, unknown>>;
  /** SIGTERM; the second call is a second one, SIGKILL what takes longer than `withinMs`. Resolves when it is gone. */
  stop(withinMs?: number): Promise<void>;
}

/** Room for young objects: with the usual one a busy process keeps some 50 MB more for good. */
const execArgv = ['--max-semi-space-size=4'];
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** A process that lived this long was fine: its next pause is short again. */
const steadyMs = 10_000;

export function superviseChild(options: {
  readonly name: string;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it may take to end, unless it is said otherwise. */
  readonly patienceMs: number;
  readonly log: Log;
}): Child {
  const { name, log } = options;
  const ready = Promise.withResolvers<Record<string, unknown>>();
  const stopping = new AbortController();
  let child: ChildProcess | undefined;

  const runOnce = async (): Promise<number | null> => {
    // A group of its own: Ctrl-C is ours to pass on, in order.
    const one = fork(options.program, { env: options.env, execArgv, detached: true });
    child = one;
    one.on('message', (message) => ready.resolve(message as Record<string, unknown>));
    const [code, signal] = (await once(one, 'exit')) as [number | null, string | null];
    child = undefined;
    if (!stopping.signal.aborted) log.warn({ name, code, signal }, 'process ended');
    return code;
  };

  const loop = async () => {
    let pause = firstPauseMs;
    while (!stopping.signal.aborted) {
      const started = performance.now();
      const code = await runOnce();
      if (code === exitConfig) ready.reject(new ChildRefused(name));
      if (code === exitConfig || stopping.signal.aborted) return;
      pause = performance.now() - started > steadyMs ? firstPauseMs : pause;
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      pause = Math.min(2 * pause, longestPauseMs);
    }
  };
  const ended = loop();

  return {
    ready: ready.promise,
    async stop(withinMs = options.patienceMs) {
      stopping.abort();
      child?.kill('SIGTERM');
      const late = setTimeout(() => child?.kill('SIGKILL'), withinMs);
      await ended;
      clearTimeout(late);
    },
  };
}

/** The process has said itself, in one line, what is missing. */
export class ChildRefused extends Error {
  override readonly name = 'ChildRefused';
  constructor(child: string) {
    super(`the ${child} cannot start`);
  }
}
