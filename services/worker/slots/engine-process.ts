// One engine process as seen from its slot: started, asked one thing at a time, stopped.
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { AppError } from '#core/errors.ts';
import type { EngineReply, EngineRequest, EngineSettings } from '../engine/protocol.ts';

const program = path.join(import.meta.dirname, '../engine/main.ts');
/** The heap of JavaScript alone, with little room for young objects; pixels and models are outside of it. */
const execArgv = ['--max-old-space-size=256', '--max-semi-space-size=4', '--expose-gc'];
/** What a process says at its end, kept for the log. */
const lastWords = 2_000;

export interface StartOptions {
  readonly settings: EngineSettings;
  /** The whole environment of the process: no secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

export type Question = Exclude<EngineRequest, { type: 'stop' }>;
export type Answer = Exclude<EngineReply, { type: 'percent' | 'error' | 'unavailable' | 'ready' }>;

export interface EngineProcess {
  readonly pid: number;
  readonly engine: string;
  readonly version: string;
  /** Why it is this engine. */
  readonly reason: string;
  /** One at a time. Rejects with what the engine said was wrong, or with the reason of its death. */
  ask(question: Question, onPercent?: (percent: number) => void): Promise<Answer>;
  /** Asks it to stop what it does; the open question is then answered with `engine.time_limit`. */
  requestStop(): void;
  /** SIGKILL. What is asked then rejects with `reason`, else with `engine.crashed`. */
  kill(reason?: AppError): void;
  /** With why: what `kill` was told, else `engine.crashed`. */
  readonly exited: Promise<AppError>;
}

/** Resolves when the models are loaded. Throws `engine.unavailable` with what to install, `engine.crashed`. */
export async function startEngine({ settings, environment }: StartOptions): Promise<EngineProcess> {
  const child = fork(program, [JSON.stringify(settings)], {
    execArgv,
    env: environment,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const death = watchDeath(child);
  let pending: Pending | undefined = undefined as Pending | undefined;
  const settle = (finish: (one: Pending) => void) => {
    const one = pending;
    pending = undefined;
    if (one) finish(one);
  };
  const expect = (onPercent?: (percent: number) => void) =>
    new Promise<EngineReply>((resolve, reject) => {
      if (death.reason) reject(death.reason);
      else pending = { resolve, reject, onPercent };
    });

  child.on('message', (reply: EngineReply) => {
    if (reply.type === 'percent') pending?.onPercent?.(reply.percent);
    else if (reply.type === 'error')
      settle((one) => one.reject(new AppError(reply.code, reply.message)));
    else settle((one) => one.resolve(reply));
  });
  void death.exited.then((reason) => settle((one) => one.reject(reason)));

  const first = await expect();
  if (first.type !== 'ready') {
    child.kill('SIGKILL');
    const message = first.type === 'unavailable' ? first.message : 'it did not get ready';
    throw new AppError('engine.unavailable', message);
  }
  return {
    pid: child.pid ?? 0,
    engine: first.engine,
    version: first.version,
    reason: first.reason,
    async ask(question, onPercent) {
      const answer = expect(onPercent);
      send(child, question);
      return (await answer) as Answer;
    },
    requestStop: () => send(child, { type: 'stop' }),
    kill(reason) {
      death.because ??= reason;
      child.kill('SIGKILL');
    },
    exited: death.exited,
  };
}

interface Pending {
  resolve(reply: EngineReply): void;
  reject(error: AppError): void;
  readonly onPercent: ((percent: number) => void) | undefined;
}

interface Death {
  /** Why it was killed, when we did it. */
  because: AppError | undefined;
  /** Set once it is dead. */
  reason: AppError | undefined;
  readonly exited: Promise<AppError>;
}

function watchDeath(child: ChildProcess): Death {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-lastWords);
  });
  const { promise: exited, resolve } = Promise.withResolvers<AppError>();
  const death: Death = { because: undefined, reason: undefined, exited };
  const died = (how: string) => {
    if (death.reason) return;
    death.reason = death.because ?? crashed(how, words);
    resolve(death.reason);
  };
  child.once('error', (error) => died(`could not be started: ${error.message}`));
  // `close` comes after the last words.
  child.once('close', (code, signal) => died(`ended with ${signal ?? `exit code ${code}`}`));
  return death;
}

function crashed(how: string, words: string): AppError {
  const cause = words.trim() === '' ? undefined : new Error(words.trim());
  return new AppError('engine.crashed', `the engine process ${how}`, { cause });
}

function send(child: ChildProcess, request: EngineRequest): void {
  // A channel that is already closed needs no error of its own: the exit says it all.
  if (child.connected) child.send(request, () => {});
}
