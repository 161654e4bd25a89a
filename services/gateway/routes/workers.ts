// Workers as operators see and command them. Draining is written to the ledger; the broadcast
// only spares the worker the wait for its next heartbeat.
import { z } from 'zod';
import type { Broker, ControlCommand } from '#core/broker/broker.ts';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { drainWorker, undrainWorker } from '#core/ledger/workers/drain.ts';
import { listWorkers } from '#core/ledger/workers/list.ts';
import { drainRequest, workerReplies, workersAnswer } from '#core/operation-messages.ts';
import { presentWorker } from '../present.ts';
import { defineRoute } from '../route.ts';

interface WorkerDependencies {
  readonly db: Database;
  readonly broker: Pick<Broker, 'request'>;
}

const params = z.object({ id: z.uuid() });
const replyWaitMs = 1_000;

export function listWorkersRoute({ db }: Pick<WorkerDependencies, 'db'>) {
  return defineRoute({
    method: 'get',
    path: '/api/workers',
    tag: 'operation',
    summary: 'The workers that are registered',
    responses: { 200: workersAnswer },
    async handle() {
      return { status: 200, body: { workers: (await listWorkers(db)).map(presentWorker) } };
    },
  });
}

/** Asks every worker directly, as the ledger cannot: who answers, and what each is reading. */
export function inspectWorkersRoute(deps: WorkerDependencies) {
  return defineRoute({
    method: 'get',
    path: '/api/workers/inspect',
    tag: 'operation',
    summary: 'What every worker says of itself now',
    responses: { 200: workerReplies },
    errors: ['broker.unavailable'],
    async handle() {
      const alive = (await listWorkers(deps.db)).length;
      const replies = await deps.broker.request(
        { command: 'inspect' },
        { waitMs: replyWaitMs, replies: Math.max(1, alive) },
      );
      return { status: 200, body: { replies } };
    },
  });
}

export function drainWorkerRoute(deps: WorkerDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/workers/:id/drain',
    tag: 'operation',
    operator: true,
    summary: 'Let a worker finish what it holds and take nothing more',
    request: { params, body: drainRequest },
    responses: { 200: workerReplies },
    errors: ['worker.not_found', 'broker.unavailable'],
    async handle({ params: { id }, body }) {
      if (!(await drainWorker(deps.db, id, body))) throw new AppError('worker.not_found');
      return { status: 200, body: await command(deps, { command: 'drain', worker_id: id }) };
    },
  });
}

export function undrainWorkerRoute(deps: WorkerDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/workers/:id/undrain',
    tag: 'operation',
    operator: true,
    summary: 'Let a drained worker take work again',
    request: { params },
    responses: { 200: workerReplies },
    errors: ['worker.not_found', 'worker.ending', 'broker.unavailable'],
    async handle({ params: { id } }) {
      const undrained = await undrainWorker(deps.db, id);
      if (undrained === 'unknown') throw new AppError('worker.not_found');
      if (undrained === 'ending') throw new AppError('worker.ending');
      return { status: 200, body: await command(deps, { command: 'undrain', worker_id: id }) };
    },
  });
}

export function shutdownWorkerRoute(deps: WorkerDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/workers/:id/shutdown',
    tag: 'operation',
    operator: true,
    summary: 'Stop a worker in order; what runs it may start it again',
    request: { params },
    responses: { 200: workerReplies },
    errors: ['worker.not_found', 'broker.unavailable'],
    async handle({ params: { id } }) {
      const answer = await command(deps, { command: 'shutdown', worker_id: id });
      if (answer.replies.length === 0)
        throw new AppError('worker.not_found', 'no such worker answers');
      return { status: 200, body: answer };
    },
  });
}

async function command({ broker }: WorkerDependencies, message: ControlCommand) {
  return { replies: await broker.request(message, { waitMs: replyWaitMs, replies: 1 }) };
}
