import { decodePosition, encodePosition } from '../../domain/cursor.ts';
import { AppError } from '../../errors.ts';
import type { EventMessage } from '../../messages.ts';
import type { Queryable } from '../database.ts';

export interface EventFilter {
  /** Absent: events of all uploads. */
  readonly uploadId?: string | undefined;
  /** Absent: from the oldest that is kept. */
  readonly cursor?: string | undefined;
  /** Position up to which (inclusive) to read; absent: as far as there are. */
  readonly until?: number | undefined;
  readonly limit: number;
}

export interface EventBatch {
  readonly events: EventMessage[];
  /** Where the next read goes on: after the last event, or after `until` when there were fewer than `limit`. */
  readonly cursor: string;
  readonly position: number;
}

/** Events in the order of their positions. Throws `events.cursor_invalid`, `events.cursor_expired`. */
export async function readEvents(db: Queryable, filter: EventFilter): Promise<EventBatch> {
  const log = await readEventLog(db);
  const after = filter.cursor === undefined ? log.first - 1 : decodePosition(filter.cursor);
  if (after < log.first - 1) {
    throw new AppError('events.cursor_expired', 'events after this cursor are no longer kept');
  }
  if (after > log.last) {
    throw new AppError('events.cursor_invalid', 'the cursor is ahead of all events');
  }
  const until = Math.min(filter.until ?? log.last, log.last);
  const rows = await db.query<EventRow>(
    `select position, upload_id, type, data, created_at from events
      where position > $1 and position <= $2 and ($3::uuid is null or upload_id = $3)
      order by position limit $4`,
    [after, until, filter.uploadId ?? null, filter.limit],
  );
  const position =
    rows.length < filter.limit ? Math.max(after, until) : (rows.at(-1)?.position ?? until);
  return { events: rows.map(present), cursor: encodePosition(position), position };
}

interface EventRow {
  readonly position: number;
  readonly upload_id: string | null;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly created_at: Date;
}

function present(row: EventRow): EventMessage {
  return {
    cursor: encodePosition(row.position),
    type: row.type,
    upload_id: row.upload_id,
    time: row.created_at.toISOString(),
    data: row.data,
  };
}

/** The position given last, and the first that is still kept. */
export async function readEventLog(db: Queryable): Promise<{ first: number; last: number }> {
  const [log] = await db.query<{ first: number; last: number }>(
    'select first_position as first, last_position as last from event_log',
  );
  if (!log) throw new Error('event_log has no row');
  return log;
}
