import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { getPage } from '#core/ledger/uploads/get-detail.ts';
import type { Objects } from '#core/objects/objects.ts';
import { pageParams } from '../params.ts';
import { defineRoute } from '../route.ts';

export function pagePreviewRoute(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'get'>;
}) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id/pages/:number/preview',
    tag: 'results',
    summary: 'A picture of the page, where a browser could not show the original',
    request: { params: pageParams },
    responses: { 200: { description: 'The picture', contentTypes: ['image/jpeg'] } },
    errors: ['upload.not_found', 'page.not_found', 'page.no_preview'],
    async handle({ params }) {
      const upload = await getUpload(deps.db, params.id);
      const page = await getPage(deps.db, upload, params.number);
      if (!page.preview_key || !page.preview_type) throw new AppError('page.no_preview');
      const bytes = await deps.objects.get(page.preview_key);
      return { status: 200, raw: bytes, contentType: page.preview_type };
    },
  });
}
