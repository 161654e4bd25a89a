import type { Broker } from '#core/broker/broker.ts';
import type { Database } from '#core/ledger/database.ts';
import { deleteUpload } from '#core/ledger/uploads/delete.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';
import { deleteObjectsOf } from '../upkeep/sweep-objects.ts';
import { tellWorkers } from './cancel.ts';

export function deleteUploadRoute(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'deleteAll'>;
  readonly broker: Pick<Broker, 'broadcast'>;
  readonly wake: { events(): void; dispatch(): void };
  /** Seconds. */
  readonly presignedExpiry: number;
  readonly log: Log;
}) {
  return defineRoute({
    method: 'delete',
    path: '/api/uploads/:id',
    tag: 'uploads',
    summary: 'Remove an upload with its bytes and results, for good',
    request: { params: uploadParams },
    responses: { 204: { description: 'It is gone' } },
    errors: ['upload.not_found'],
    async handle({ params }) {
      // A minute more than a signed URL lives.
      const objectsDueIn = deps.presignedExpiry + 60;
      await deleteUpload(deps.db, params.id, { objectsDueIn });
      deps.wake.events();
      deps.wake.dispatch();
      await tellWorkers(deps, params.id);
      await removeObjects(deps, params.id);
      return { status: 204 };
    },
  });
}

async function removeObjects(
  { objects, log }: { objects: Pick<Objects, 'deleteAll'>; log: Log },
  id: string,
): Promise<void> {
  try {
    await deleteObjectsOf(objects, id);
  } catch (error) {
    log.warn({ error, uploadId: id }, 'objects of a deleted upload are left to the sweep');
  }
}
