import type { Database } from '#core/ledger/database.ts';
import { readEvents } from '#core/ledger/events/read-events.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { getAttempts, getPages } from '#core/ledger/uploads/get-detail.ts';
import { uploadDetailAnswer } from '#core/messages.ts';
import { etagOf } from '../etag.ts';
import { uploadParams } from '../params.ts';
import { presentAttempt, presentPage, presentUpload } from '../present.ts';
import { defineRoute } from '../route.ts';

/** An upload of 200 pages has some 220 events; more than this only after many retries. */
const timelineLength = 1_000;

export function getUploadRoute({ db }: { readonly db: Database }) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id',
    tag: 'uploads',
    summary: 'An upload with its pages, the attempts at reading it, and what happened to it',
    request: { params: uploadParams },
    responses: { 200: uploadDetailAnswer },
    errors: ['upload.not_found'],
    async handle({ params }) {
      const upload = await getUpload(db, params.id);
      const [pages, attempts, timeline] = await Promise.all([
        getPages(db, upload),
        getAttempts(db, upload.id),
        readEvents(db, { uploadId: upload.id, limit: timelineLength }),
      ]);
      return {
        status: 200,
        headers: { etag: etagOf(upload) },
        body: {
          ...presentUpload(upload),
          pages: pages.map(presentPage),
          attempts_log: attempts.map(presentAttempt),
          timeline: timeline.events,
        },
      };
    },
  });
}
