// bin/cricksy-ocr as a process of its own, in a pipe as scripts use it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const program = path.join(import.meta.dirname, '../../bin/cricksy-ocr');

export interface CliEnd {
  /** Exit code or signal. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  readonly ended: Promise<CliEnd>;
  /** What it has written on stderr until now. */
  progress(): string;
  /** What it has written on stdout until now. */
  printed(): string;
  /** As Ctrl-C does. */
  interrupt(): void;
  /** Reads no more of stdout. */
  leave(): void;
}

export function startCli(args: readonly string[], env: Record<string, string> = {}): CliRun {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (words[name] += text));
  }
  const end = async (): Promise<CliEnd> => {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { code: code ?? signal ?? 'unknown', ...words };
  };
  return {
    ended: end(),
    progress: () => words.stderr,
    printed: () => words.stdout,
    interrupt: () => void child.kill('SIGINT'),
    leave: () => void child.stdout.destroy(),
  };
}
