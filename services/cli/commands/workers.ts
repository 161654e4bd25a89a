// workers, drain, undrain: who reads, and who is to take no more. Workers go by name or by id.
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { WorkerEntry, workerReplies, workersAnswer } from '#core/operation-messages.ts';
import type { Api } from '../api.ts';
import { CommandError, type ExitCode, exitCodes } from '../exit-codes.ts';
import { describeWorker } from '../present.ts';
import type { Session } from '../session.ts';

/** Between two looks whether a worker has finished what it held. */
const lookMs = 500;

export async function workers({ given, connect, signal, print }: Session): Promise<ExitCode> {
  for (const worker of await listWorkers(connect(signal))) {
    print(`${given.json ? JSON.stringify(worker) : describeWorker(worker, Date.now())}\n`);
  }
  return exitCodes.done;
}

/** Returns when it is said, or with --wait when the worker holds nothing any more. */
export async function drain(session: Session): Promise<ExitCode> {
  const { given, user } = session;
  const request = {
    owner: given.by ?? user,
    ...(given.reason !== undefined && { reason: given.reason }),
    ...(given.seconds !== undefined && { seconds: given.seconds }),
  };
  return command(session, 'drain', request);
}

export function undrain(session: Session): Promise<ExitCode> {
  return command(session, 'undrain', {});
}

async function command(
  { given, connect, signal, print }: Session,
  action: 'drain' | 'undrain',
  request: object,
): Promise<ExitCode> {
  const api = connect(signal);
  const named = given.operands[0] ?? '';
  const { worker_id } = await find(api, named);
  const path = `/api/workers/${worker_id}/${action}`;
  await api.post<z.infer<typeof workerReplies>>(path, 'replies', request);
  if (action === 'drain' && given.wait) await untilDrained(api, worker_id, signal);
  const now = (await listWorkers(api)).find((worker) => worker.worker_id === worker_id);
  if (given.json) print(`${JSON.stringify(now ?? { worker_id, state: 'stopped' })}\n`);
  else print(`${now ? describeWorker(now, Date.now()) : `${named}  stopped`}\n`);
  return exitCodes.done;
}

/** One that has stopped holds nothing either. */
async function untilDrained(api: Api, id: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const worker = (await listWorkers(api)).find(({ worker_id }) => worker_id === id);
    if (!worker || worker.drained) return;
    if (worker.state === 'active') {
      throw new CommandError(exitCodes.failed, `${worker.name} was undrained meanwhile`);
    }
    await sleep(lookMs, undefined, { signal });
  }
}

async function find(api: Api, named: string): Promise<WorkerEntry> {
  const all = await listWorkers(api);
  const [found, other] = all.filter(({ name, worker_id }) => [name, worker_id].includes(named));
  if (!found) throw new CommandError(exitCodes.failed, `there is no worker ${named}: see workers`);
  if (!other) return found;
  throw new CommandError(exitCodes.usage, `several workers are called ${named}: give an id`);
}

async function listWorkers(api: Api): Promise<WorkerEntry[]> {
  return (await api.get<z.infer<typeof workersAnswer>>('/api/workers', 'workers')).workers;
}
