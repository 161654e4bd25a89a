import type { Queryable } from '../database.ts';
import { type ListPlace, type UploadFilter, whereOf } from './filter.ts';
import type { UploadRow } from './upload.ts';

export interface ListQuery extends UploadFilter {
  readonly after?: ListPlace | undefined;
  readonly limit: number;
}

/** Uploads from new to old; `next` is absent on the last page. */
export async function listUploads(
  db: Queryable,
  { after, limit, ...filter }: ListQuery,
): Promise<{ uploads: UploadRow[]; next: ListPlace | undefined }> {
  const { sql, values } = whereOf(filter, { after });
  const rows = await db.query<UploadRow & { created_at_text: string }>(
    `select *, created_at::text as created_at_text from uploads ${sql}
      order by created_at desc, id desc limit $${values.length + 1}`,
    [...values, limit + 1],
  );
  const uploads = rows.slice(0, limit);
  const last = uploads.at(-1);
  const next =
    rows.length > limit && last ? { createdAt: last.created_at_text, id: last.id } : undefined;
  return { uploads, next };
}
