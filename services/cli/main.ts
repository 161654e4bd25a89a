// The command line: speaks HTTP to a server and nothing else.
import { createApi } from './api.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { scan } from './commands/scan.ts';
import { cancel, retry, status } from './commands/uploads.ts';
import { createDisplay } from './display.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';
import { usage } from './usage.ts';

const commands: Record<string, (session: Session) => Promise<ExitCode>> = {
  scan,
  status,
  cancel,
  retry,
};

async function main(): Promise<ExitCode> {
  const given = readArguments(process.argv.slice(2), process.env['CRICKSY_URL']);
  if (given.help || given.command === 'help') {
    process.stdout.write(usage);
    return exitCodes.done;
  }
  const command = commands[given.command];
  if (!command) {
    throw new CommandError(
      exitCodes.usage,
      given.command === '' ? usage.trimEnd() : `there is no command '${given.command}'; see --help`,
    );
  }
  if (given.operands.length === 0) {
    throw new CommandError(exitCodes.usage, `${given.command} of what? see --help`);
  }
  const session = open(given);
  try {
    return await command(session);
  } catch (error) {
    // Whatever broke off because of Ctrl-C or the timeout ends with that.
    throw session.signal.aborted ? session.signal.reason : error;
  }
}

function open(given: Arguments): Session {
  const interrupt = new AbortController();
  process.on('SIGINT', () => {
    // The second one is for a server that does not answer any more.
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort(new CommandError(exitCodes.interrupted, 'interrupted'));
  });
  const timeout = new AbortController();
  if (given.timeoutMs !== undefined) {
    const late = () => timeout.abort(new CommandError(exitCodes.timeout, 'gave up waiting'));
    setTimeout(late, given.timeoutMs).unref();
  }
  const display = createDisplay(process.stderr);
  const onWait = (seconds: number, why: string) =>
    display.note(`${why}: waiting ${seconds} s as the server asks`);
  const token = process.env['CRICKSY_API_TOKEN'];
  const connect = (signal: AbortSignal) => createApi({ url: given.url, token, onWait, signal });
  return {
    given,
    display,
    signal: AbortSignal.any([interrupt.signal, timeout.signal]),
    connect,
    print: (text) => void process.stdout.write(text),
  };
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.unread);
});

// Not process.exit: a pipe may still have to take what was printed.
process.exitCode = await main().catch((error: unknown) => {
  const known = error instanceof CommandError;
  const text = error instanceof Error && !known ? error.stack : (error as Error).message;
  process.stderr.write(`cricksy-ocr: ${text}\n`);
  return known ? error.exitCode : exitCodes.failed;
});
