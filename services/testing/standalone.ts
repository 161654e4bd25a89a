// `make run`, without make: the whole process tree of services/standalone on a port of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandAs, postgresAccount } from '../standalone/postgres/account.ts';
import type { Running } from './system.ts';

const program = path.join(import.meta.dirname, '../standalone/main.ts');
const openMs = 90_000;

export interface Ended {
  /** Exit code or signal. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Starting extends Omit<Running, 'url'> {
  /** Resolves when it says that it is open; rejects with its words when it ends first. */
  open(): Promise<Running>;
  /** With everything that was written; when no other process can write any more. */
  readonly result: Promise<Ended>;
}

/** `unprivileged`: as another user when this one is root. */
export function startStandalone(
  env: Record<string, string>,
  { unprivileged = false }: { unprivileged?: boolean } = {},
): Starting {
  const account = unprivileged ? postgresAccount(process.getuid?.()) : undefined;
  const node = process.execPath;
  const { file, args, ...as } = commandAs(account, node, [program], [node, program]);
  const child = spawn(file, args, {
    ...as,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      CRICKSY_WORKER_SLOTS: '1',
      CRICKSY_MAX_WORKERS: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (words[name] += text));
  }
  // Processes that outlive it hold its pipes: `close` may come much later than `exit`.
  const result = endOf(child, 'close').then((code) => ({ code, ...words }));
  const ended = endOf(child, 'exit');
  const running = {
    pid: child.pid ?? 0,
    ended,
    output: () => words.stdout + words.stderr,
    kill(signal: NodeJS.Signals) {
      child.kill(signal);
      return ended;
    },
  };
  return {
    ...running,
    result,
    async open() {
      for (const end = performance.now() + openMs; performance.now() < end; await sleep(20)) {
        const url = /is open on (http:\S+)/.exec(words.stdout)?.[1];
        if (url) return { ...running, url };
        if (child.exitCode !== null || child.signalCode !== null) break;
      }
      throw new Error(`standalone did not open:\n${running.output()}`);
    },
  };
}

async function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<number | string> {
  const [code, signal] = (await once(child, event)) as [number | null, string | null];
  return code ?? signal ?? 'unknown';
}
