import type { Database } from '#core/ledger/database.ts';
import { readAgain } from '#core/ledger/uploads/read-again.ts';
import { retryUpload } from '#core/ledger/uploads/retry.ts';
import { readAgainRequest, retryRequest, uploadAnswer } from '#core/messages.ts';
import { uploadParams } from '../params.ts';
import { retryWith } from '../retry-with.ts';
import { defineRoute } from '../route.ts';

interface RetryDependencies {
  readonly db: Database;
  readonly wake: { dispatch(): void; events(): void };
}

export function retryRoute(deps: RetryDependencies & { readonly pools: readonly string[] }) {
  return defineRoute({
    method: 'post',
    path: '/api/uploads/:id/retry',
    tag: 'uploads',
    summary:
      'Read again what failed, with more time or other options if asked; pages that were read stay',
    request: { params: uploadParams, body: retryRequest },
    responses: { 202: uploadAnswer },
    errors: ['upload.not_found', 'upload.wrong_status'],
    async handle({ params, body }) {
      const upload = await retryUpload(deps.db, params.id, retryWith(body, deps.pools));
      deps.wake.dispatch();
      deps.wake.events();
      return { status: 202, body: { upload_id: upload.id, status: upload.status } };
    },
  });
}

export function readAgainRoute(deps: RetryDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/uploads/:id/read-again',
    tag: 'uploads',
    summary: 'Read the whole file again, with other options',
    request: { params: uploadParams, body: readAgainRequest },
    responses: { 202: uploadAnswer },
    errors: ['upload.not_found', 'upload.wrong_status'],
    async handle({ params, body }) {
      const upload = await readAgain(deps.db, params.id, body.options ?? {});
      deps.wake.dispatch();
      deps.wake.events();
      return { status: 202, body: { upload_id: upload.id, status: upload.status } };
    },
  });
}
