// An upload's row, and the one way to move it to another status.

import type { Layout, ModelChoice, Priority } from '../../domain/options.ts';
import type { Preview } from '../../domain/parsed-preview.ts';
import { canMove, type UploadStatus } from '../../domain/states.ts';
import { AppError } from '../../errors.ts';
import type { Queryable } from '../database.ts';
import { recordEvent } from '../events/record-event.ts';
import type { UploadFilter } from './filter.ts';

export interface UploadRow {
  readonly id: string;
  readonly status: UploadStatus;
  readonly status_reason: string | null;
  readonly version: number;
  readonly principal: string;
  readonly request_id: string;
  readonly traceparent: string | null;
  readonly pool: string;
  readonly priority: Priority;
  readonly filename: string;
  readonly content_type: string;
  readonly game_id: string | null;
  readonly user_id: string | null;
  readonly declared_size: number | null;
  readonly declared_sha256: string | null;
  readonly object_key: string;
  readonly object_etag: string | null;
  readonly object_size: number | null;
  readonly object_sha256: string | null;
  readonly language: string;
  readonly model: ModelChoice;
  readonly layout: Layout;
  /** Milliseconds that the engine may take for a task of it, instead of the worker's own limit. */
  readonly time_limit_ms: number | null;
  readonly reading: number;
  readonly page_count: number | null;
  readonly pages_done: number;
  readonly pages_failed: number;
  readonly preview: Preview | null;
  readonly validated_data: unknown;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly attempts: number;
  readonly ocr_ms: number | null;
  readonly ocr_cpu_ms: number | null;
  readonly created_at: Date;
  readonly uploaded_at: Date | null;
  readonly started_at: Date | null;
  readonly processed_at: Date | null;
  readonly applied_at: Date | null;
  readonly updated_at: Date;
}

/** Of a filter what an upload may cease to meet; the rest of it never changes. */
export type Meant = Pick<UploadFilter, 'status' | 'errorCode'>;

/**
 * The row, locked until the transaction ends. Throws `upload.not_found`, and `upload.wrong_status`
 * when it is no longer what was `meant`.
 */
export async function lockUpload(tx: Queryable, id: string, meant: Meant = {}): Promise<UploadRow> {
  const [upload] = await tx.query<UploadRow>('select * from uploads where id = $1 for update', [
    id,
  ]);
  if (!upload) throw new AppError('upload.not_found', `there is no upload ${id}`);
  const { status = upload.status, errorCode = upload.error_code } = meant;
  if (status !== upload.status || errorCode !== upload.error_code) {
    throw new AppError('upload.wrong_status', 'the upload is no longer what the filter means', {
      details: { upload_id: id, upload_status: upload.status },
    });
  }
  return upload;
}

type Stamp = 'uploaded_at' | 'started_at' | 'processed_at' | 'applied_at';

interface Changes {
  /** Columns to set beside the status. */
  readonly set?: Partial<Omit<UploadRow, 'id' | 'status' | 'version' | 'updated_at'>>;
  /** Columns that become the time of the transaction. */
  readonly stamp?: readonly Stamp[];
}

/**
 * Moves a locked upload along an edge of the states and tells the world in the same
 * transaction. Throws `upload.wrong_status` where there is no such edge.
 */
export async function moveUpload(
  tx: Queryable,
  upload: UploadRow,
  to: UploadStatus,
  { set = {}, stamp = [] }: Changes = {},
): Promise<UploadRow> {
  if (!canMove(upload.status, to)) throw wrongStatus(upload, to);
  return writeUpload(tx, upload, { set: { ...set, status: to }, stamp }, `upload.${to}`);
}

export function wrongStatus(upload: UploadRow, wanted: string): AppError {
  return new AppError(
    'upload.wrong_status',
    `the upload is ${upload.status} and cannot become ${wanted}`,
    { details: { upload_id: upload.id, upload_status: upload.status } },
  );
}

async function writeUpload(
  tx: Queryable,
  upload: UploadRow,
  { set, stamp }: { set: Partial<UploadRow>; stamp: readonly Stamp[] },
  type: `upload.${UploadStatus}`,
): Promise<UploadRow> {
  const columns = Object.keys(set);
  const assignments = [
    ...columns.map((column, index) => `${column} = $${index + 2}`),
    ...stamp.map((column) => `${column} = now()`),
    'version = version + 1',
    'updated_at = now()',
  ];
  const values = Object.values(set).map(toParameter);
  const [row] = await tx.query<UploadRow>(
    `update uploads set ${assignments.join(', ')} where id = $1 returning *`,
    [upload.id, ...values],
  );
  if (!row) throw new AppError('upload.not_found', `there is no upload ${upload.id}`);
  await recordEvent(tx, { uploadId: row.id, type, data: uploadEventData(row) });
  return row;
}

// The driver turns objects into JSON by itself, but arrays into PostgreSQL arrays.
function toParameter(value: unknown): unknown {
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  return JSON.stringify(value);
}

/** What a listener needs to show the change without asking again. */
export function uploadEventData(row: UploadRow): Record<string, unknown> {
  return {
    request_id: row.request_id,
    status: row.status,
    status_reason: row.status_reason,
    version: row.version,
    reading: row.reading,
    filename: row.filename,
    game_id: row.game_id,
    user_id: row.user_id,
    page_count: row.page_count,
    pages_done: row.pages_done,
    pages_failed: row.pages_failed,
    error_code: row.error_code,
    error_message: row.error_message,
  };
}
