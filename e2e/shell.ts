// Programs of others, with what they said when they failed.
import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Milliseconds; default: ten minutes. */
  readonly timeoutMs?: number;
}

/** Resolves with what it printed; rejects with its last words. */
export function run(
  program: string,
  args: readonly string[],
  { env = {}, input, timeoutMs = 600_000 }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      maxBuffer: 64 * 1024 * 1024,
    };
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const words = `${stderr}${stdout}`.trim().split('\n').slice(-15).join('\n');
      reject(new Error(`${program} ${args.join(' ')}: ${words || error.message}`));
    });
    child.stdin?.end(input);
  });
}

/** Whether it can be started and ends well. */
export function works(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args, { timeoutMs: 20_000 }).then(
    () => true,
    () => false,
  );
}
