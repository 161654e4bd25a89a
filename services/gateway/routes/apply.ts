import type { Database } from '#core/ledger/database.ts';
import { applyUpload } from '#core/ledger/uploads/apply.ts';
import { applyAnswer, applyRequest, ifMatchHeaders } from '#core/messages.ts';
import { etagOf, versionOf } from '../etag.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';

export function applyRoute(deps: { readonly db: Database; readonly wake: { events(): void } }) {
  return defineRoute({
    method: 'post',
    path: '/api/uploads/:id/apply',
    tag: 'review',
    summary: 'Accept what was read, as it is or corrected',
    description:
      'Two reviewers cannot both win: with `If-Match` (the ETag of status or get) or `version` a review of an upload that has changed since is refused, and an applied upload takes no other review.',
    request: { params: uploadParams, headers: ifMatchHeaders, body: applyRequest },
    responses: { 200: applyAnswer },
    errors: [
      'upload.not_found',
      'upload.wrong_status',
      'upload.version_conflict',
      'upload.precondition_failed',
    ],
    async handle({ params, headers, body }) {
      const { upload } = await applyUpload(deps.db, params.id, {
        validatedData: body.validated_data,
        version: body.version,
        ifMatch: versionOf(headers['if-match']),
      });
      deps.wake.events();
      return {
        status: 200,
        headers: { etag: etagOf(upload) },
        body: {
          upload_id: upload.id,
          status: upload.status,
          applied_at: (upload.applied_at ?? upload.updated_at).toISOString(),
        },
      };
    },
  });
}
