// Which uploads are meant, by what their rows say; the same for the list and for bulk actions.
import type { UploadStatus } from '../../domain/states.ts';

export interface UploadFilter {
  readonly status?: UploadStatus | undefined;
  readonly gameId?: string | undefined;
  readonly userId?: string | undefined;
  readonly errorCode?: string | undefined;
  /** ISO 8601; inclusive. */
  readonly createdAfter?: string | undefined;
  /** ISO 8601; exclusive. */
  readonly createdBefore?: string | undefined;
}

/** A place between two rows of the list, which goes from new to old. */
export interface ListPlace {
  /** PostgreSQL's own text of created_at: a Date would lose its microseconds. */
  readonly createdAt: string;
  readonly id: string;
}

export interface Where {
  /** Begins with `where`, or is empty. */
  readonly sql: string;
  readonly values: unknown[];
}

/** `further` is SQL of ours, without values. */
export function whereOf(
  filter: UploadFilter,
  { after, further }: { after?: ListPlace | undefined; further?: string | undefined } = {},
): Where {
  const conditions = further === undefined ? [] : [`(${further})`];
  const values: unknown[] = [];
  const add = (sql: string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`${sql} $${values.length}`);
  };
  add('status =', filter.status);
  add('game_id =', filter.gameId);
  add('user_id =', filter.userId);
  add('error_code =', filter.errorCode);
  add('created_at >=', filter.createdAfter);
  add('created_at <', filter.createdBefore);
  if (after) {
    values.push(after.createdAt, after.id);
    conditions.push(
      `(created_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`,
    );
  }
  return { sql: conditions.length > 0 ? `where ${conditions.join(' and ')}` : '', values };
}
