import type { Log } from '../../log.ts';
import type { RecordedEvent } from './record-event.ts';

/** What is worth a field of its own; the rest of an event is for listeners. */
const fields = ['status_reason', 'page', 'error_code', 'version', 'by'] as const;

/**
 * One line for each event, by whoever made it happen, after the commit: every move of an upload, and
 * what else listeners are told. With the id of the request that began the upload, which leads
 * through all processes.
 */
export function logEvents(log: Log): (events: readonly RecordedEvent[]) => void {
  return (events) => {
    for (const { uploadId, type, data } of events) {
      const known = fields.filter((field) => data[field] !== undefined && data[field] !== null);
      const ids = uploadId === null ? {} : { uploadId, requestId: data['request_id'] };
      const told = Object.fromEntries(known.map((field) => [field, data[field]]));
      log.info({ ...ids, ...told }, type.replace('.', ' '));
    }
  };
}
