// The life of a process: parts are closed in the reverse order of their start, once, each
// bounded in time. The second signal is harsher than the first; losing the parent, which only
// standalone's children have, counts as two.
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from './config.ts';
import { toAppError } from './errors.ts';
import type { Log } from './log.ts';

export interface Part {
  readonly name: string;
  readonly close: () => Promise<unknown>;
  /** Gives up waiting inside `close`: called at a second signal. */
  readonly hurry?: () => void;
}

export interface Lifecycle {
  add(part: Part): void;
  readonly stopping: boolean;
  /** Closes everything; the second call hurries the parts. Resolves with the exit code. */
  stop(reason: string): Promise<number>;
}

/** EX_CONFIG of sysexits.h: starting again will not help, a person has to change something. */
export const exitConfig = 78;

/** `partMs`: what one part may take, beyond which it is left behind and the exit code is 1. */
export function createLifecycle({ log, partMs }: { log: Log; partMs: number }): Lifecycle {
  const parts: Part[] = [];
  let closing: Promise<number> | undefined;
  let open: readonly Part[] = [];

  const close = async () => {
    let code = 0;
    while (parts.length > 0) {
      open = [...parts];
      const part = parts.pop();
      if (part && !(await closed(part))) code = 1;
    }
    return code;
  };

  const closed = async ({ name, close: end }: Part): Promise<boolean> => {
    const late = new AbortController();
    try {
      const timeout = sleep(partMs, 'late' as const, { signal: late.signal });
      const winner = await Promise.race([end(), timeout]);
      if (winner === 'late') log.error({ part: name }, 'part did not close in time');
      return winner !== 'late';
    } catch (error) {
      log.error({ part: name, error }, 'part did not close');
      return false;
    } finally {
      late.abort();
    }
  };

  return {
    add: (part) => void parts.push(part),
    get stopping() {
      return closing !== undefined;
    },
    stop(reason) {
      if (closing !== undefined) {
        log.warn({ reason }, 'stopping at once');
        for (const part of open) part.hurry?.();
      } else {
        log.info({ reason }, 'stopping');
        closing = close();
      }
      return closing;
    },
  };
}

/** What a process may take to end after it has lost its parent. */
const orphanMs = 2_000;

type Process = Pick<NodeJS.Process, 'on' | 'exit'>;

/** Stops at SIGTERM, SIGINT and the loss of the parent, and then ends the process. */
export function obeySignals(lifecycle: Lifecycle, process: Process): void {
  const stop = (reason: string) => void lifecycle.stop(reason).then((code) => process.exit(code));
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => {
    stop('the parent is gone');
    stop('the parent is gone');
    // Whoever starts next needs the port and the database; every effect is fenced.
    setTimeout(() => process.exit(1), orphanMs).unref();
  });
}

/** What people can mend is one line and needs no stack; `exitConfig` where a restart cannot help. */
export function startFailure(error: unknown): { line: string; code: number } {
  if (error instanceof ConfigError) return { line: error.message, code: exitConfig };
  if (isAddressInUse(error)) {
    const line = `port ${error.port} is taken: stop what listens there, or set PORT to another one`;
    return { line, code: exitConfig };
  }
  const named = toAppError(error);
  if (named.code === 'engine.unavailable') return { line: named.message, code: exitConfig };
  if (named.code !== 'internal') return { line: `${named.code}: ${named.message}`, code: 1 };
  return { line: error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 };
}

function isAddressInUse(error: unknown): error is Error & { port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
