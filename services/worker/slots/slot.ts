// One slot: reads one task at a time and owns the engine process that does it. Whatever
// happens to that process, the slot has another one for the next task.
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { OpenRequest, PageReading } from '../engine/engine.ts';
import { type EngineProcess, type StartOptions, startEngine } from './engine-process.ts';
import { whenLate } from './late.ts';
import { startStopwatch, type TimeLimits } from './stopwatch.ts';

/** An opened file, as long as the work on it lasts. */
export interface Reading {
  readonly pageCount: number;
  /** `number` counts from 1. Throws what is wrong with the page, or with the engine. */
  readPage(number: number, onPercent: (percent: number) => void): Promise<PageReading>;
}

export interface SlotOptions extends StartOptions {
  readonly limits: TimeLimits;
  /** Tasks after which the process is replaced. */
  readonly maxTasks: number;
  /** Resident bytes beyond which it is replaced before its next task. */
  readonly maxResidentBytes: number;
  /** Told of each process that has to be replaced. */
  readonly onEngineEnd: (reason: EngineEnd) => void;
  readonly log: Log;
}

/**
 * Why an engine process came to its end: worn out by `tasks` or `memory`, killed because it did not
 * stop in time (at a `time_limit`, when `cancelled`, when its file was to be closed), or `crashed`.
 */
export const engineEnds = [
  'tasks',
  'memory',
  'time_limit',
  'cancelled',
  'unclosed',
  'crashed',
] as const;
export type EngineEnd = (typeof engineEnds)[number];

export interface UseOptions {
  readonly signal: AbortSignal;
  /** Instead of the slot's soft limit; the hard one is as much later as it always is. */
  readonly timeLimitMs?: number | undefined;
}

export interface Slot {
  /** The process, started if need be. Throws `engine.unavailable`, `engine.crashed`. */
  warm(): Promise<EngineProcess>;
  use<T>(
    request: OpenRequest,
    options: UseOptions,
    work: (reading: Reading) => Promise<T>,
  ): Promise<T>;
  /** Of the process, while there is one. */
  pid(): number | undefined;
  /** Resolves when the process is ready for another task, or dead. Never rejects. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Between being asked to stop, or to close its file, and SIGKILL. */
const stopGraceMs = 500;
const firstRestartMs = 100;
const longestRestartMs = 10_000;

export function createSlot(options: SlotOptions): Slot {
  const { log } = options;
  let engine: Promise<EngineProcess> | undefined;
  let alive: EngineProcess | undefined;
  /** Why we end it ourselves. */
  let ending: EngineEnd | undefined;
  let tasks = 0;
  let failedStarts = 0;
  let closed = false;
  let settled: Promise<void> = Promise.resolve();

  const start = async () => {
    if (failedStarts > 0) {
      await sleep(Math.min(firstRestartMs * 2 ** failedStarts, longestRestartMs));
    }
    if (closed) throw new AppError('worker.leaving');
    failedStarts++;
    tasks = 0;
    const started = await startEngine(options);
    failedStarts = 0;
    if (closed) started.kill();
    alive = started;
    ending = undefined;
    void started.exited.then((error) => {
      alive = undefined;
      if (!closed) options.onEngineEnd(ending ?? endOf(error));
    });
    log.debug({ enginePid: started.pid }, 'engine process ready');
    return started;
  };

  const warm = () => {
    if (engine) return engine;
    const starting = start();
    engine = starting;
    const forget = () => {
      if (engine === starting) engine = undefined;
    };
    starting.then((started) => started.exited.then(forget), forget);
    return starting;
  };

  /** Ready for the next task: the file is closed, or there is a new process. */
  const restore = async (used: EngineProcess) => {
    const rss = await closeFile(used, () => (ending = 'unclosed'));
    tasks++;
    const worn = tasks >= options.maxTasks || (rss ?? 0) > options.maxResidentBytes;
    if (rss !== undefined && worn) {
      ending = tasks >= options.maxTasks ? 'tasks' : 'memory';
      log.debug({ enginePid: used.pid, tasks, rss, ending }, 'engine process replaced');
      used.kill();
    }
    if (rss !== undefined && !worn) return;
    await used.exited;
    if (!closed) await warm();
  };

  return {
    warm,
    async use(request, { signal, timeLimitMs }, work) {
      signal.throwIfAborted();
      const used = await warm();
      const session = createSession(used, limitsFor(timeLimitMs, options.limits), signal);
      try {
        const pageCount = await session.open(request);
        return await work({ pageCount, readPage: session.readPage });
      } finally {
        settled = session.quiet().then(() =>
          restore(used).catch((error: unknown) => {
            if (!closed) log.error({ error }, 'engine process could not be replaced');
          }),
        );
      }
    },
    pid: () => alive?.pid,
    settled: () => settled,
    async close() {
      closed = true;
      const running = await engine?.catch(() => undefined);
      running?.kill(new AppError('worker.leaving'));
      await running?.exited;
    },
  };
}

function endOf({ code }: AppError): EngineEnd {
  if (code === 'engine.time_limit') return 'time_limit';
  return code === 'task.cancelled' ? 'cancelled' : 'crashed';
}

function limitsFor(timeLimitMs: number | undefined, { softMs, hardMs }: TimeLimits): TimeLimits {
  if (timeLimitMs === undefined) return { softMs, hardMs };
  return { softMs: timeLimitMs, hardMs: timeLimitMs + Math.max(0, hardMs - softMs) };
}

/** Resident bytes of the process, or undefined when it is dead or dying: that costs a new one, no task. */
async function closeFile(engine: EngineProcess, onLate: () => void): Promise<number | undefined> {
  let killed = false;
  const kill = () => {
    killed = true;
    engine.kill();
  };
  const late = whenLate(stopGraceMs, () => {
    onLate();
    kill();
  });
  try {
    const answer = await engine.ask({ type: 'close' });
    // An answer that crossed the signal on its way comes from the dying.
    return answer.type === 'closed' && !killed ? answer.rss : undefined;
  } catch {
    kill();
    return undefined;
  } finally {
    late.callOff();
  }
}

/** One task's conversation with the process: bounded in time, and left at once when `signal` fires. */
function createSession(engine: EngineProcess, limits: TimeLimits, signal: AbortSignal) {
  const stopwatch = startStopwatch(limits);
  let open: Promise<unknown> = Promise.resolve();

  const stop = (reason: AppError) => {
    engine.requestStop();
    const late = whenLate(stopGraceMs, () => engine.kill(reason));
    void open.then(() => late.callOff());
  };
  const timeLimit = () => new AppError('engine.time_limit');

  const ask = async (...question: Parameters<EngineProcess['ask']>) => {
    signal.throwIfAborted();
    const answer = engine.ask(...question);
    open = answer.catch(() => {}); // never rejects
    const lap = stopwatch.lap({
      onSoft: () => stop(timeLimit()),
      onHard: () => engine.kill(timeLimit()),
    });
    const left = Promise.withResolvers<never>();
    const leave = () => {
      stop(new AppError('task.cancelled'));
      left.reject(signal.reason);
    };
    signal.addEventListener('abort', leave);
    try {
      return await Promise.race([answer, left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      void open.then(() => lap.end());
    }
  };

  return {
    async open(request: OpenRequest): Promise<number> {
      const answer = await ask({ type: 'open', request });
      if (answer.type !== 'opened') throw unexpected(answer.type);
      return answer.pageCount;
    },
    async readPage(number: number, onPercent: (percent: number) => void): Promise<PageReading> {
      const answer = await ask({ type: 'page', number }, onPercent);
      if (answer.type !== 'page') throw unexpected(answer.type);
      return answer.reading;
    },
    /** Resolves when nothing is asked any more. */
    async quiet(): Promise<void> {
      await open;
    },
  };
}

function unexpected(type: string): AppError {
  return new AppError('engine.crashed', `the engine answered ${type}`);
}
