// Taking an upload away from the workers: cancelling it before it is read, discarding it after.
import type { Broker } from '#core/broker/broker.ts';
import type { CancelReason } from '#core/domain/states.ts';
import type { Database } from '#core/ledger/database.ts';
import { cancelUpload } from '#core/ledger/uploads/cancel.ts';
import type { Log } from '#core/log.ts';
import { uploadAnswer } from '#core/messages.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';

interface CancelDependencies {
  readonly db: Database;
  readonly broker: Pick<Broker, 'broadcast'>;
  readonly wake: { events(): void; dispatch(): void };
  readonly log: Log;
}

export function cancelRoute(deps: CancelDependencies) {
  return route(deps, 'cancel', 'Stop the reading of an upload', 'requested');
}

export function discardRoute(deps: CancelDependencies) {
  return route(deps, 'discard', 'Reject what was read', 'discarded');
}

function route(deps: CancelDependencies, verb: string, summary: string, reason: CancelReason) {
  return defineRoute({
    method: 'post',
    path: `/api/uploads/:id/${verb}`,
    tag: reason === 'discarded' ? 'review' : 'uploads',
    summary,
    request: { params: uploadParams },
    responses: { 200: uploadAnswer },
    errors: ['upload.not_found', 'upload.wrong_status'],
    async handle({ params }) {
      const { upload } = await cancelUpload(deps.db, params.id, reason);
      deps.wake.events();
      deps.wake.dispatch();
      await tellWorkers(deps, upload.id);
      return { status: 200, body: { upload_id: upload.id, status: upload.status } };
    },
  });
}

/** Only makes it quicker: a worker that misses it learns from its next heartbeat. */
export async function tellWorkers(
  { broker, log }: Pick<CancelDependencies, 'broker' | 'log'>,
  uploadId: string,
): Promise<void> {
  try {
    await broker.broadcast({ command: 'cancel', upload_id: uploadId });
  } catch (error) {
    log.warn({ error, uploadId }, 'workers could not be told of a cancel');
  }
}
