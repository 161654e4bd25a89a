import { defaultReadOptions } from '#core/domain/options.ts';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { adoptUpload } from '#core/ledger/orphans/adopt.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import type { Objects } from '#core/objects/objects.ts';
import type { RequestContext } from './context.ts';
import { headOfOriginal, typeOfOriginal } from './original.ts';

export interface AdoptDependencies {
  readonly db: Database;
  readonly objects: Pick<Objects, 'head' | 'get' | 'list'>;
  readonly pool: string;
  readonly maxFileBytes: number;
}

/**
 * Makes an upload of an original that no row knows, under its old id, to be read again as bulk
 * work. What only the row knew (game, user, name as it was sent, review) is lost. Throws what
 * is wrong with the file; `upload.not_found` when it is no orphan any more.
 */
export async function adopt(
  id: string,
  request: Pick<RequestContext, 'id' | 'principal' | 'traceparent'>,
  deps: AdoptDependencies,
): Promise<UploadRow> {
  const key = await keyOf(id, deps);
  const head = await headOfOriginal(key, deps);
  const contentType = await typeOfOriginal(key, head.etag, deps);
  if (!contentType)
    throw new AppError('upload.unsupported_type', 'the file is nothing that is read');
  const upload = {
    id,
    principal: request.principal,
    requestId: request.id,
    traceparent: request.traceparent,
    pool: deps.pool,
    filename: key.slice(key.lastIndexOf('/') + 1),
    contentType,
    gameId: undefined,
    userId: undefined,
    declaredSize: undefined,
    declaredSha256: undefined,
    objectKey: key,
    ...defaultReadOptions,
    priority: 'bulk' as const,
  };
  const adopted = await adoptUpload(deps.db, upload, head);
  if (!adopted) throw new AppError('upload.not_found', `${id} is no orphan any more`);
  return adopted;
}

/** An upload has one original. */
async function keyOf(id: string, { objects }: AdoptDependencies): Promise<string> {
  for await (const { key } of objects.list(`uploads/${id}/`)) return key;
  throw new AppError('objects.not_found');
}
