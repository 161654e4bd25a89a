import { AppError, type ErrorCode } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { completeUpload, type PinnedObject } from '#core/ledger/uploads/complete.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import { completeRequest, uploadAnswer } from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import { headOfOriginal, typeOfOriginal } from '../original.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';
import { refuseWhileOff, type Switches } from '../switches.ts';

export interface CompleteDependencies {
  readonly db: Database;
  readonly objects: Pick<Objects, 'head' | 'get' | 'digest'>;
  readonly switches: Pick<Switches, 'whyOff'>;
  readonly wake: { dispatch(): void; events(): void };
  readonly maxFileBytes: number;
}

/** What `acceptUpload` throws. */
export const completeErrors = [
  'uploads.disabled',
  'upload.not_found',
  'upload.wrong_status',
  'upload.incomplete',
  'upload.empty',
  'upload.too_large',
  'upload.size_mismatch',
  'upload.checksum_mismatch',
  'upload.type_mismatch',
  'upload.unsupported_type',
  'upload.changed',
] as const satisfies ErrorCode[];

export function completeRoute(deps: CompleteDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/uploads/:id/complete',
    tag: 'uploads',
    summary: 'Say that the bytes are there; the reading is queued',
    request: { params: uploadParams, body: completeRequest },
    responses: { 202: uploadAnswer },
    errors: completeErrors,
    async handle({ params, body }) {
      const upload = await acceptUpload(deps, params.id, body.file_size);
      return { status: 202, body: { upload_id: upload.id, status: upload.status } };
    },
  });
}

/** The upload once its bytes are pinned and its reading is queued. `statedSize`: as the caller counted. */
export async function acceptUpload(
  deps: CompleteDependencies,
  id: string,
  statedSize: number | undefined,
): Promise<UploadRow> {
  refuseWhileOff(deps.switches);
  const seen = await getUpload(deps.db, id);
  if (seen.status !== 'initiated' && seen.status !== 'cancelled') return seen;
  const pinned = await pin(seen, statedSize, deps);
  const { upload, changed } = await completeUpload(deps.db, id, pinned);
  if (changed) {
    deps.wake.dispatch();
    deps.wake.events();
  }
  return upload;
}

/** The bytes as they are now, after every check that needs no decoding. */
async function pin(
  upload: UploadRow,
  statedSize: number | undefined,
  deps: CompleteDependencies,
): Promise<PinnedObject> {
  const head = await headOfOriginal(upload.object_key, deps);
  for (const declared of [upload.declared_size, statedSize]) {
    if (declared === null || declared === undefined || declared === head.size) continue;
    throw new AppError(
      'upload.size_mismatch',
      `${declared} bytes were declared, ${head.size} arrived`,
    );
  }
  let { sha256 } = head;
  if (upload.declared_sha256) {
    sha256 ??= await deps.objects.digest(upload.object_key, { etag: head.etag });
    if (upload.declared_sha256 !== sha256) throw new AppError('upload.checksum_mismatch');
  }
  const type = await typeOfOriginal(upload.object_key, head.etag, deps);
  if (type !== upload.content_type) {
    throw new AppError(
      'upload.type_mismatch',
      `${upload.content_type} was declared, the bytes are ${type ?? 'nothing that is read'}`,
    );
  }
  return { etag: head.etag, size: head.size, sha256 };
}
