import type { EventType } from '../../domain/events.ts';
import type { Queryable } from '../database.ts';

export interface RecordedEvent {
  /** Null: it concerns no upload. */
  readonly uploadId: string | null;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Writes an event inside the transaction that makes it true. It has no position yet: the
 * sequencer gives it one after the commit. The caller holds the row of what has changed (an upload, or a switch), so that the
 * events of one thing are numbered in the order of its changes.
 */
export async function recordEvent(tx: Queryable, event: RecordedEvent): Promise<void> {
  await tx.query('insert into events (upload_id, type, data) values ($1, $2, $3)', [
    event.uploadId,
    event.type,
    JSON.stringify(event.data),
  ]);
  tx.told?.push(event);
}
