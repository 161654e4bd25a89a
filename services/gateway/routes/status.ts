import type { Database } from '#core/ledger/database.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { uploadStatusAnswer } from '#core/messages.ts';
import { etagOf } from '../etag.ts';
import { uploadParams } from '../params.ts';
import { presentUpload } from '../present.ts';
import { defineRoute } from '../route.ts';

export function statusRoute({ db }: { readonly db: Database }) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id/status',
    tag: 'uploads',
    summary: 'Where an upload stands, with the preview once it is read',
    request: { params: uploadParams },
    responses: { 200: uploadStatusAnswer },
    errors: ['upload.not_found'],
    async handle({ params }) {
      const upload = await getUpload(db, params.id);
      return { status: 200, headers: { etag: etagOf(upload) }, body: presentUpload(upload) };
    },
  });
}
