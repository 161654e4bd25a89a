import { decodePlace, encodePlace } from '#core/domain/cursor.ts';
import type { Database } from '#core/ledger/database.ts';
import { listUploads } from '#core/ledger/uploads/list.ts';
import { listUploadsAnswer, listUploadsQuery } from '#core/messages.ts';
import { filterOf } from '../filter.ts';
import { presentUpload } from '../present.ts';
import { defineRoute } from '../route.ts';

export function listUploadsRoute({ db }: { readonly db: Database }) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads',
    tag: 'uploads',
    summary: 'Uploads from new to old',
    request: { query: listUploadsQuery },
    responses: { 200: listUploadsAnswer },
    errors: ['list.cursor_invalid'],
    async handle({ query }) {
      const { uploads, next } = await listUploads(db, {
        ...filterOf(query),
        after: query.cursor === undefined ? undefined : decodePlace(query.cursor),
        limit: query.limit,
      });
      return {
        status: 200,
        body: { uploads: uploads.map(presentUpload), next_cursor: next ? encodePlace(next) : null },
      };
    },
  });
}
