// The command line: speaks HTTP to a server and nothing else.
import { userInfo } from 'node:os';
import { createApi } from './api.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { type CommandName, catalogue, isCommand } from './catalogue.ts';
import { adopt } from './commands/adopt.ts';
import { autoscaler } from './commands/autoscaler.ts';
import { completion } from './commands/completion.ts';
import { doctor } from './commands/doctor.ts';
import { events } from './commands/events.ts';
import { inspect } from './commands/inspect.ts';
import { list } from './commands/list.ts';
import { queue } from './commands/queue.ts';
import { result } from './commands/result.ts';
import { scan } from './commands/scan.ts';
import { pause, resume, switchFeature } from './commands/switches.ts';
import { apply, cancel, retry, status } from './commands/uploads.ts';
import { drain, undrain, workers } from './commands/workers.ts';
import { createDisplay } from './display.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { help, helpFor } from './help.ts';
import type { Session } from './session.ts';

const commands: Record<CommandName, (session: Session) => Promise<ExitCode>> = {
  scan,
  result,
  status,
  list,
  events,
  apply,
  cancel,
  retry,
  inspect,
  autoscaler,
  workers,
  queue,
  pause,
  resume,
  drain,
  undrain,
  switch: switchFeature,
  adopt,
  doctor,
  completion,
};

async function main(): Promise<ExitCode> {
  const given = readArguments(process.argv.slice(2), process.env['CRICKSY_URL']);
  const name = given.command === 'help' ? (given.operands[0] ?? '') : given.command;
  if (given.help || given.command === 'help') {
    process.stdout.write(isCommand(name) ? helpFor(name) : help());
    return exitCodes.done;
  }
  if (!isCommand(name)) {
    throw new CommandError(
      exitCodes.usage,
      name === '' ? help().trimEnd() : `there is no command '${name}'; see --help`,
    );
  }
  checkOperands(name, given.operands.length);
  const session = open(given);
  try {
    return await commands[name](session);
  } catch (error) {
    // Whatever broke off because of Ctrl-C or the timeout ends with that.
    throw session.signal.aborted ? session.signal.reason : error;
  }
}

function checkOperands(name: CommandName, count: number): void {
  const { operands } = catalogue[name];
  if (count === 0 && /^[^[]/.test(operands)) {
    throw new CommandError(exitCodes.usage, `${name} of what? see --help`);
  }
  const most = operands.split(' ').filter(Boolean).length;
  if (count > most && !operands.endsWith('...')) {
    throw new CommandError(exitCodes.usage, `${name} takes ${operands || 'nothing'}; see --help`);
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
  const token = process.env['CRICKSY_OPERATOR_TOKEN'] || process.env['CRICKSY_API_TOKEN'];
  const connect = (signal: AbortSignal) => createApi({ url: given.url, token, onWait, signal });
  return {
    given,
    display,
    signal: AbortSignal.any([interrupt.signal, timeout.signal]),
    connect,
    user: userName(),
    print: (text) => void process.stdout.write(text),
  };
}

/** A container's user may have none. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.unread);
  process.stderr.write(`cricksy-ocr: stdout cannot be written: ${error.code}\n`);
  process.exit(exitCodes.usage);
});

// Not process.exit: a pipe may still have to take what was printed.
process.exitCode = await main().catch((error: unknown) => {
  const known = error instanceof CommandError;
  const text = error instanceof Error && !known ? error.stack : (error as Error).message;
  process.stderr.write(`cricksy-ocr: ${text}\n`);
  return known ? error.exitCode : exitCodes.failed;
});
