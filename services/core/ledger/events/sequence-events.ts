import type { Queryable } from '../database.ts';

/** Any number, the same for every release: its holder is the sequencer. */
export const sequencerLock = 7_239_002;

/** Events placed at once, at most: as many may mean that there are more. */
export const sequenceBatch = 1_000;

/** What is counted of an event once it has its position. */
export interface PlacedEvent {
  readonly type: string;
  readonly error_code: string | null;
  /** Seconds since it was written. */
  readonly lag: number;
  /** Of `upload.parsed`: seconds since the upload was last `uploaded`, else null. */
  readonly turnaround: number | null;
}

/**
 * Gives positions to committed events that have none, oldest first, without a gap; returns them.
 * Run only by the holder of `sequencerLock`, on the connection that holds it: a lost lock
 * then means a lost connection, and nothing is written. The row of event_log is locked as well:
 * of two sequencers, should there ever be two, the one that had to wait numbers nothing, because
 * it still sees the events as they were before.
 */
export async function sequenceEvents(connection: Queryable): Promise<PlacedEvent[]> {
  // Idle ticks write nothing.
  const [unplaced] = await connection.query('select from events where position is null limit 1');
  if (!unplaced) return [];
  return connection.query<PlacedEvent>(
    `with log as (
       select last_position from event_log for update
     ), fresh as (
       select id from events
        where position is null and (select last_position from log) = (select last_position from event_log)
        order by id limit ${sequenceBatch}
     ), numbered as (
       select id, (select last_position from log) + row_number() over (order by id) as position from fresh
     ), placed as (
       update events set position = numbered.position from numbered where events.id = numbered.id
       returning events.position, events.upload_id, events.type, events.data ->> 'error_code' as error_code,
                 events.created_at
     ), moved as (
       update event_log set last_position = (select max(position) from placed)
        where exists (select from placed)
     )
     select type, error_code, extract(epoch from clock_timestamp() - created_at)::float8 as lag,
            case when type = 'upload.parsed' then (
              select extract(epoch from placed.created_at - max(earlier.created_at))::float8 from events as earlier
               where earlier.upload_id = placed.upload_id and earlier.type = 'upload.uploaded'
            ) end as turnaround
       from placed`,
  );
}
