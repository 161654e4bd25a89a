import type { Database } from '#core/ledger/database.ts';
import { readEvents } from '#core/ledger/events/read-events.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { eventsAnswer, eventsQuery } from '#core/messages.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';

export function uploadEventsRoute({ db }: { readonly db: Database }) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id/events',
    tag: 'events',
    summary: 'What happened to an upload, in order; the cursor goes on from there',
    request: { params: uploadParams, query: eventsQuery },
    responses: { 200: eventsAnswer },
    errors: ['upload.not_found', 'events.cursor_invalid', 'events.cursor_expired'],
    async handle({ params, query }) {
      await getUpload(db, params.id);
      const { cursor, limit } = query;
      return { status: 200, body: await readEvents(db, { uploadId: params.id, cursor, limit }) };
    },
  });
}
