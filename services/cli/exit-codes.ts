// Exit codes that scripts can trust.
export const exitCodes = {
  /** Everything that was asked for is done. */
  done: 0,
  /** At least one file or upload failed, was refused or was cancelled. */
  failed: 1,
  /** The command line is wrong, or a file on it cannot be read or written. */
  usage: 2,
  /** The server cannot be reached, or does not do its work. */
  unavailable: 3,
  /** --timeout is over; the uploads go on. */
  timeout: 4,
  /** Ctrl-C. */
  interrupted: 130,
  /** Whoever read stdout is gone, as `head` when it has enough; what a shell reports of SIGPIPE. */
  unread: 141,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What ends a command before it is done. `message` is for people. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Runs `work` on a file of the command line; what the system says against it is a usage error. */
export async function usable<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    // `ENOENT: no such file or directory, stat 'a.jpg'`: the middle is for people.
    const why = said.replace(/^[A-Z]+: ([^,]+),.*$/s, '$1');
    throw new CommandError(exitCodes.usage, `${file}: ${why}`, { cause });
  }
}
