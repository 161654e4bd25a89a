import { create as contentDisposition } from 'content-disposition';
import { isContentType } from '#core/domain/formats.ts';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { originalAnswer } from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';

/** Seconds; long enough to click, too short to pass around. */
const expiresIn = 300;

export function originalRoute(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'presignGet'>;
}) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id/original',
    tag: 'results',
    summary: 'A signed URL of the file as it was uploaded, as a download',
    request: { params: uploadParams },
    responses: { 200: originalAnswer },
    errors: ['upload.not_found', 'upload.incomplete', 'upload.unsupported_type'],
    async handle({ params, request }) {
      const upload = await getUpload(deps.db, params.id);
      if (!upload.object_etag) throw new AppError('upload.incomplete');
      if (!isContentType(upload.content_type)) throw new AppError('upload.unsupported_type');
      const url = await deps.objects.presignGet({
        key: upload.object_key,
        etag: upload.object_etag,
        contentType: upload.content_type,
        contentDisposition: contentDisposition(upload.filename, { type: 'attachment' }),
        expiresIn,
        origin: request.origin,
      });
      return {
        status: 200,
        body: {
          url,
          filename: upload.filename,
          content_type: upload.content_type,
          expires_in: expiresIn,
        },
      };
    },
  });
}
