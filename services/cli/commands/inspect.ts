// inspect: what the workers say of themselves. ping and active ask each of them now, stats is what
// the ledger knows from their heartbeats.
import type { z } from 'zod';
import type { workerReplies, workersAnswer } from '#core/operation-messages.ts';
import type { Api } from '../api.ts';
import { CommandError, type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

interface Line {
  readonly json: object;
  readonly text: string;
}

interface Reply {
  readonly worker_id: string;
  readonly name: string;
  readonly running: readonly {
    readonly upload_id: string;
    readonly filename: string;
    readonly attempt: number;
    readonly started_at: string;
  }[];
}

const views: Record<string, (api: Api) => Promise<Line[]>> = { ping, active, stats };

/** Failed when no worker answers: then nothing is read. */
export async function inspect({ given, connect, signal, print }: Session): Promise<ExitCode> {
  const view = views[given.operands[0] ?? ''];
  if (!view) throw new CommandError(exitCodes.usage, 'inspect ping, active or stats?');
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

async function replies(api: Api): Promise<Reply[]> {
  const answer = await api.get<z.infer<typeof workerReplies>>('/api/workers/inspect', 'replies');
  if (answer.replies.length === 0) {
    throw new CommandError(exitCodes.failed, 'no worker answers: see doctor');
  }
  return answer.replies as unknown as Reply[];
}

async function stats(api: Api): Promise<Line[]> {
  const { workers } = await api.get<z.infer<typeof workersAnswer>>('/api/workers', 'workers');
  return workers.map((worker) => ({
    json: worker,
    text: [
      worker.name,
      `pool ${worker.pool}`,
      worker.drained ? 'drained' : worker.state,
      `${worker.busy} of ${worker.slots} slots busy`,
      worker.engine ?? 'no engine',
      `heartbeat ${worker.heartbeat_at}`,
    ].join('  '),
  }));
}
