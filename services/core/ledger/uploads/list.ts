import type { UploadStatus } from '../../domain/states.ts';
import type { Queryable } from '../database.ts';
import type { UploadRow } from './upload.ts';

/** A place between two rows of the list, which goes from new to old. */
export interface ListPlace {
  /** PostgreSQL's own text of created_at: a Date would lose its microseconds. */
  readonly createdAt: string;
  readonly id: string;
}

export interface ListFilter {
  readonly status?: UploadStatus | undefined;
  readonly gameId?: string | undefined;
  readonly userId?: string | undefined;
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
  readonly after?: ListPlace | undefined;
  readonly limit: number;
}

/** Uploads from new to old; `next` is absent on the last page. */
export async function listUploads(
  db: Queryable,
  filter: ListFilter,
): Promise<{ uploads: UploadRow[]; next: ListPlace | undefined }> {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const where = (sql: (parameter: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(sql(`$${values.length}`));
  };
  where((p) => `status = ${p}`, filter.status);
  where((p) => `game_id = ${p}`, filter.gameId);
  where((p) => `user_id = ${p}`, filter.userId);
  where((p) => `created_at >= ${p}`, filter.createdAfter);
  where((p) => `created_at < ${p}`, filter.createdBefore);
  if (filter.after) {
    values.push(filter.after.createdAt, filter.after.id);
    conditions.push(
      `(created_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`,
    );
  }
  values.push(filter.limit + 1);
  const rows = await db.query<UploadRow & { created_at_text: string }>(
    `select *, created_at::text as created_at_text from uploads
      ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
      order by created_at desc, id desc limit $${values.length}`,
    values,
  );
  const uploads = rows.slice(0, filter.limit);
  const last = uploads.at(-1);
  const next =
    rows.length > filter.limit && last
      ? { createdAt: last.created_at_text, id: last.id }
      : undefined;
  return { uploads, next };
}
