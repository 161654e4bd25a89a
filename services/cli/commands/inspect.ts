// inspect: what is in the workers' hands now. ping, active and stats ask each of them; reserved and
// scheduled are of the ledger, which knows what no worker holds yet.
import type { z } from 'zod';
import type { TaskEntry, tasksAnswer, workerReplies } from '#core/operation-messages.ts';
import type { Api } from '../api.ts';
import { CommandError, type ExitCode, exitCodes } from '../exit-codes.ts';
import { describeTask } from '../present.ts';
import type { Session } from '../session.ts';

interface Line {
  readonly json: object;
  readonly text: string;
}

interface Reply {
  readonly worker_id: string;
  readonly name: string;
  readonly slots: number;
  readonly engine: string;
  readonly drained: boolean;
  readonly process: {
    readonly pid: number;
    readonly uptime_seconds: number;
    readonly cpu_seconds: number;
    readonly memory_bytes: number;
  };
  readonly running: readonly {
    readonly upload_id: string;
    readonly filename: string;
    readonly attempt: number;
    readonly started_at: string;
  }[];
}

const views: Record<string, (api: Api) => Promise<Line[]>> = {
  ping,
  active,
  reserved: (api) => tasks(api, 'dispatched'),
  scheduled: (api) => tasks(api, 'delayed'),
  stats,
};

/** Failed when the workers are asked and none answers: then nothing is read. */
export async function inspect({ given, connect, signal, print }: Session): Promise<ExitCode> {
  const view = views[given.operands[0] ?? ''];
  if (!view) throw new CommandError(exitCodes.usage, `inspect ${Object.keys(views).join(', ')}?`);
  for (const { json, text } of await view(connect(signal))) {
    print(given.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
  }
  return exitCodes.done;
}

async function ping(api: Api): Promise<Line[]> {
  return (await replies(api)).map(({ worker_id, name }) => ({
    json: { worker_id, name },
    text: `${name}  ${worker_id}`,
  }));
}

async function active(api: Api): Promise<Line[]> {
  return (await replies(api)).flatMap(({ worker_id, name, running }) =>
    running.map((task) => ({
      json: { worker_id, name, ...task },
      text: `${name}  ${task.upload_id}  ${task.filename}  since ${task.started_at}`,
    })),
  );
}

async function stats(api: Api): Promise<Line[]> {
  return (await replies(api)).map((reply) => ({
    json: reply,
    text: [
      reply.name,
      `pid ${reply.process.pid}`,
      `${reply.running.length} of ${reply.slots} slots busy`,
      `${reply.process.cpu_seconds.toFixed(1)} s CPU`,
      `${Math.round(reply.process.memory_bytes / 2 ** 20)} MiB`,
      `up ${Math.round(reply.process.uptime_seconds)} s`,
      reply.engine,
    ].join('  '),
  }));
}

async function tasks(api: Api, status: string): Promise<Line[]> {
  const answer = await api.get<z.infer<typeof tasksAnswer>>(`/api/tasks?status=${status}`, 'tasks');
  return answer.tasks.map((task) => ({ json: task, text: taskLine(task) }));
}

function taskLine(task: TaskEntry): string {
  const since =
    task.status === 'dispatched' ? `since ${task.dispatched_at}` : `not before ${task.run_at}`;
  return `${task.pool}  ${describeTask(task)}  ${since}`;
}

async function replies(api: Api): Promise<Reply[]> {
  const answer = await api.get<z.infer<typeof workerReplies>>('/api/workers/inspect', 'replies');
  if (answer.replies.length === 0) {
    throw new CommandError(exitCodes.failed, 'no worker answers: see doctor');
  }
  return answer.replies as unknown as Reply[];
}
