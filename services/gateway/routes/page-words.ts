import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { getPage } from '#core/ledger/uploads/get-detail.ts';
import { pageWordsAnswer } from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import { pageParams } from '../params.ts';
import { defineRoute } from '../route.ts';

export function pageWordsRoute(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'get'>;
}) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id/pages/:number/words',
    tag: 'results',
    summary: 'The words of one page with their boxes',
    request: { params: pageParams },
    responses: { 200: pageWordsAnswer },
    errors: ['upload.not_found', 'page.not_found', 'upload.not_read'],
    async handle({ params }) {
      const upload = await getUpload(deps.db, params.id);
      const page = await getPage(deps.db, upload, params.number);
      if (!page.result_key) {
        throw new AppError('upload.not_read', `page ${page.number} is ${page.status}`);
      }
      const bytes = await deps.objects.get(page.result_key);
      return { status: 200, body: JSON.parse(bytes.toString('utf8')) };
    },
  });
}
