// What this worker is reading now: the one piece of memory that its parts share.
import type { Delivery } from '#core/broker/broker.ts';
import { AppError } from '#core/errors.ts';
import type { Claim } from '#core/ledger/tasks/task.ts';

export interface RunningTask {
  readonly claim: Claim;
  readonly uploadId: string;
  readonly filename: string;
  readonly startedAt: Date;
  /** The latest delivery of the task: after a broken connection the broker sends another one. */
  delivery: Delivery;
  readonly abort: AbortController;
}

export interface Running {
  add(task: RunningTask): void;
  remove(task: RunningTask): void;
  find(taskId: string): RunningTask | undefined;
  all(): RunningTask[];
  /** Stops the reading of an upload that was cancelled. */
  cancelUpload(uploadId: string): void;
  /** Stops whatever the ledger no longer lists as held, task by attempt. */
  keepOnly(held: ReadonlyMap<string, number>, startedBefore: Date): void;
  /** Gives everything back: the worker leaves. */
  giveBackAll(): void;
  /** Resolves when nothing is running. */
  idle(): Promise<void>;
}

export function createRunning(): Running {
  const tasks = new Map<string, RunningTask>();
  let waiters: (() => void)[] = [];

  return {
    add: (task) => void tasks.set(task.claim.taskId, task),
    remove(task) {
      if (tasks.get(task.claim.taskId) === task) tasks.delete(task.claim.taskId);
      if (tasks.size > 0) return;
      for (const resolve of waiters) resolve();
      waiters = [];
    },
    find: (taskId) => tasks.get(taskId),
    all: () => [...tasks.values()],
    cancelUpload(uploadId) {
      for (const task of tasks.values()) {
        if (task.uploadId !== uploadId) continue;
        task.abort.abort(new AppError('task.cancelled', 'the upload was cancelled'));
      }
    },
    keepOnly(held, startedBefore) {
      for (const task of tasks.values()) {
        if (task.startedAt >= startedBefore) continue;
        if (held.get(task.claim.taskId) === task.claim.attempt) continue;
        task.abort.abort(new AppError('task.fenced', 'the ledger no longer lists the claim'));
      }
    },
    giveBackAll() {
      for (const task of tasks.values()) task.abort.abort(new AppError('worker.leaving'));
    },
    idle() {
      if (tasks.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
  };
}
