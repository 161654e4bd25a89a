// Which uploads a bulk action is for: those that the filter means and the action can change. Each
// is then changed by the transition of a single upload, which looks under its lock whether the filter
// still means it, so two bulk actions at once are as safe as two people at once.
import type { BulkAction } from '../../domain/states.ts';
import type { Queryable } from '../database.ts';
import { type ListPlace, type UploadFilter, whereOf } from './filter.ts';

const can: Record<BulkAction, string | undefined> = {
  cancel: `status in ('initiated', 'uploaded', 'processing')`,
  retry: `status = 'failed' or (status = 'parsed' and pages_failed > 0)`,
  delete: undefined,
};

export async function countForBulk(
  db: Queryable,
  action: BulkAction,
  filter: UploadFilter,
): Promise<number> {
  const { sql, values } = whereOf(filter, { further: can[action] });
  const [row] = await db.query<{ count: number }>(
    `select count(*) as count from uploads ${sql}`,
    values,
  );
  return row?.count ?? 0;
}

/**
 * A batch of ids from new to old; `next` is where the following batch begins. Followed to its
 * end every upload comes once, also one that fails again meanwhile, and what is new never.
 */
export async function pickForBulk(
  db: Queryable,
  action: BulkAction,
  { after, limit, ...filter }: UploadFilter & { after?: ListPlace | undefined; limit: number },
): Promise<{ ids: string[]; next: ListPlace | undefined }> {
  const { sql, values } = whereOf(filter, { after, further: can[action] });
  const rows = await db.query<{ id: string; created_at: string }>(
    `select id, created_at::text as created_at from uploads ${sql}
      order by uploads.created_at desc, id desc limit $${values.length + 1}`,
    [...values, limit],
  );
  const last = rows.at(-1);
  const next =
    rows.length === limit && last ? { createdAt: last.created_at, id: last.id } : undefined;
  return { ids: rows.map((row) => row.id), next };
}
