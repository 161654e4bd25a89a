import type { Database } from '#core/ledger/database.ts';
import { applyUpload } from '#core/ledger/uploads/apply.ts';
import { applyAnswer, applyRequest } from '#core/messages.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';

export function applyRoute(deps: { readonly db: Database; readonly wake: { events(): void } }) {
  return defineRoute({
    method: 'post',
    path: '/api/uploads/:id/apply',
    tag: 'review',
    summary: 'Accept what was read, as it is or corrected',
    request: { params: uploadParams, body: applyRequest },
    responses: { 200: applyAnswer },
    errors: ['upload.not_found', 'upload.wrong_status', 'upload.version_conflict'],
    async handle({ params, body }) {
      const { upload } = await applyUpload(deps.db, params.id, {
        validatedData: body.validated_data,
        version: body.version,
      });
      deps.wake.events();
      return {
        status: 200,
        body: {
          upload_id: upload.id,
          status: upload.status,
          applied_at: (upload.applied_at ?? upload.updated_at).toISOString(),
        },
      };
    },
  });
}
