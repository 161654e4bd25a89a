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

/**
 * Events in the order of their positions. Throws `events.cursor_invalid`, `events.cursor_expired`. One
 * statement sees the events and the mark of those that are gone as they were at one time: none is pruned
 * in between.
 */
export async function readEvents(db: Queryable, filter: EventFilter): Promise<EventBatch> {
  const asked = filter.cursor === undefined ? undefined : decodePosition(filter.cursor);
  const rows = await db.query<EventLog & (EventRow | { position: null })>(
    `select log.first_position as first, log.last_position as last, event.*
       from event_log as log left join lateral (
         select position, upload_id, type, data, created_at from events
          where position > coalesce($1::bigint, log.first_position - 1)
            and position <= least($2::bigint, log.last_position) and ($3::uuid is null or upload_id = $3)
          order by position limit $4
       ) as event on true
      order by event.position`,
    [asked ?? null, filter.until ?? null, filter.uploadId ?? null, filter.limit],
  );
  const log = onlyRow(rows);
  const after = asked ?? log.first - 1;
  if (after < log.first - 1) {
    throw new AppError('events.cursor_expired', 'events after this cursor are no longer kept');
  }
  if (after > log.last) {
    throw new AppError('events.cursor_invalid', 'the cursor is ahead of all events');
  }
  const until = Math.min(filter.until ?? log.last, log.last);
  const events = rows.filter((row) => row.position !== null);
  const position =
    events.length < filter.limit ? Math.max(after, until) : (events.at(-1)?.position ?? until);
  return { events: events.map(present), cursor: encodePosition(position), position };
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

interface EventLog {
  readonly first: number;
  readonly last: number;
}

/** The position given last, and the first that is still kept. */
export async function readEventLog(db: Queryable): Promise<EventLog> {
  return onlyRow(
    await db.query<EventLog>(
      'select first_position as first, last_position as last from event_log',
    ),
  );
}

function onlyRow([log]: readonly EventLog[]): EventLog {
  if (!log) throw new Error('event_log has no row');
  return log;
}
