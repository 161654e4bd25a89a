import type { Layout, ModelChoice, Priority } from '../../domain/options.ts';
import type { Database, Queryable } from '../database.ts';
import { recordEvent } from '../events/record-event.ts';
import { getUpload } from './get.ts';
import { type IdempotencyKey, takeKey } from './idempotency.ts';
import { type UploadRow, uploadEventData } from './upload.ts';

export interface NewUpload {
  readonly id: string;
  /** The client that asked: for fair shares and for the record. */
  readonly principal: string;
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly pool: string;
  readonly filename: string;
  readonly contentType: string;
  readonly gameId: string | undefined;
  readonly userId: string | undefined;
  readonly declaredSize: number | undefined;
  readonly declaredSha256: string | undefined;
  readonly objectKey: string;
  readonly language: string;
  readonly model: ModelChoice;
  readonly layout: Layout;
  readonly priority: Priority;
}

/**
 * Nothing → `initiated`. With a key that the principal has used before: the upload of then, as it
 * is now. Throws `idempotency.key_reused`, and `upload.not_found` when that upload was deleted.
 */
export async function initiateUpload(
  db: Database,
  upload: NewUpload,
  key?: IdempotencyKey,
): Promise<{ upload: UploadRow; changed: boolean }> {
  return db.transaction(async (tx) => {
    if (key) {
      const { principal, id } = upload;
      const holder = await takeKey(tx, { ...key, principal, uploadId: id });
      if (holder !== id) return { upload: await getUpload(tx, holder), changed: false };
    }
    return { upload: await insertUpload(tx, upload), changed: true };
  });
}

/** Part of the transitions that make an upload out of nothing. */
export async function insertUpload(tx: Queryable, upload: NewUpload): Promise<UploadRow> {
  const [row] = await tx.query<UploadRow>(
    `insert into uploads (id, status, principal, request_id, traceparent, pool, priority, filename,
         content_type, game_id, user_id, declared_size, declared_sha256, object_key, language, model, layout)
       values ($1, 'initiated', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
       returning *`,
    [
      upload.id,
      upload.principal,
      upload.requestId,
      upload.traceparent ?? null,
      upload.pool,
      upload.priority,
      upload.filename,
      upload.contentType,
      upload.gameId ?? null,
      upload.userId ?? null,
      upload.declaredSize ?? null,
      upload.declaredSha256 ?? null,
      upload.objectKey,
      upload.language,
      upload.model,
      upload.layout,
    ],
  );
  if (!row) throw new Error('an insert returned no row');
  await recordEvent(tx, {
    uploadId: row.id,
    type: 'upload.initiated',
    data: uploadEventData(row),
  });
  return row;
}
