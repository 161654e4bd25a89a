import { anyOf } from '#core/domain/any-of.ts';
import { resultFormats, resultTypes } from '#core/domain/results/formats.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { resultAnswer, resultQuery } from '#core/messages.ts';
import { uploadParams } from '../params.ts';
import { answerResult, type ResultDependencies } from '../result.ts';
import { defineRoute } from '../route.ts';

const titles = anyOf(Object.values(resultFormats).map(({ title }) => title));

export function resultRoute(deps: ResultDependencies) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id/result',
    tag: 'results',
    summary: `Everything that was read: as ${titles}`,
    request: { params: uploadParams, query: resultQuery },
    responses: {
      200: { description: 'By `format`', schema: resultAnswer, contentTypes: resultTypes },
    },
    errors: ['upload.not_found', 'upload.not_read', 'page.no_preview', 'upload.changed'],
    async handle({ params, query }) {
      return answerResult(deps, await getUpload(deps.db, params.id), query.format);
    },
  });
}
