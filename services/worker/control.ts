// Remote control: commands that reach every worker through the broker. What lasts (draining) is
// in the ledger; a command only makes it quicker.
import type { ControlCommand, ControlReply } from '#core/broker/broker.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Running } from './running.ts';

/** Of the worker process, without its engines. */
export interface ProcessUsage {
  readonly pid: number;
  readonly uptime_seconds: number;
  readonly cpu_seconds: number;
  readonly memory_bytes: number;
}

export function createControl(deps: {
  readonly workerId: string;
  readonly name: string;
  readonly slots: number;
  readonly engine: string;
  readonly running: Running;
  readonly heartbeat: Pick<Heartbeat, 'beat' | 'drained'>;
  readonly version: string;
  readonly usage: () => ProcessUsage;
  readonly shutdown: () => void;
}): (command: ControlCommand) => ControlReply | undefined {
  return (command) => {
    if ('worker_id' in command && command.worker_id && command.worker_id !== deps.workerId) {
      return undefined;
    }
    const reply = { worker_id: deps.workerId, name: deps.name };
    switch (command.command) {
      case 'ping':
        return reply;
      case 'inspect':
        return {
          ...reply,
          slots: deps.slots,
          engine: deps.engine,
          version: deps.version,
          process: deps.usage(),
          drained: deps.heartbeat.drained(),
          running: describe(deps.running),
        };
      case 'cancel':
        deps.running.cancelUpload(command.upload_id);
        return undefined;
      case 'drain':
      case 'undrain':
        void deps.heartbeat.beat();
        return reply;
      case 'shutdown':
        deps.shutdown();
        return reply;
    }
  };
}

function describe(running: Running): Record<string, unknown>[] {
  return running.all().map((task) => ({
    upload_id: task.uploadId,
    task_id: task.claim.taskId,
    attempt: task.claim.attempt,
    filename: task.filename,
    started_at: task.startedAt.toISOString(),
  }));
}
