import type { Broker } from '#core/broker/broker.ts';
import type { Database } from '#core/ledger/database.ts';
import { deleteUpload } from '#core/ledger/uploads/delete.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';
import { removeObjects } from '../upkeep/sweep-objects.ts';
import { tellWorkers } from './cancel.ts';

export function deleteUploadRoute(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'deleteAll'>;
  readonly broker: Pick<Broker, 'broadcast'>;
  readonly wake: { events(): void; dispatch(): void };
  readonly objectsDueIn: number;
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
      await deleteUpload(deps.db, params.id, deps);
      deps.wake.events();
      deps.wake.dispatch();
      await tellWorkers(deps, params.id);
      await removeObjects([params.id], deps);
      return { status: 204 };
    },
  });
}
