import { cutRanges } from '../../domain/ranges.ts';
import type { Database } from '../database.ts';
import { insertTasks } from '../tasks/insert.ts';
import type { NewOptions } from './read-again.ts';
import { lockUpload, type Meant, moveUpload, type UploadRow, wrongStatus } from './upload.ts';

/** Failed pages are few and were slow or deadly: one task each. */
const suspicious = { msPerPage: Number.POSITIVE_INFINITY, slots: 1 };

/** What is to be different this time; what is absent stays as it was. */
export interface RetryWith extends NewOptions {
  readonly timeLimitMs?: number | undefined;
  /** Its workers may have another engine, or more memory. */
  readonly pool?: string | undefined;
}

/**
 * `failed → uploaded`, or `parsed → uploaded` when pages failed: what was read stays, only the
 * failed pages are read again. A file that could not be opened is opened again.
 */
export async function retryUpload(
  db: Database,
  id: string,
  given: RetryWith = {},
  meant?: Meant,
): Promise<UploadRow> {
  return db.transaction(async (tx) => {
    const upload = await lockUpload(tx, id, meant);
    const retryable =
      upload.status === 'failed' || (upload.status === 'parsed' && upload.pages_failed > 0);
    if (!retryable) throw wrongStatus(upload, 'uploaded');
    const failed = await tx.query<{ number: number }>(
      `with again as (
         update pages set status = 'waiting', error_code = null, error_message = null
          where upload_id = $1 and reading = $2 and status = 'failed'
          returning number
       )
       select number from again order by number`,
      [id, upload.reading],
    );
    const moved = await moveUpload(tx, upload, 'uploaded', {
      set: {
        status_reason: 'retried',
        language: given.language ?? upload.language,
        model: given.model ?? upload.model,
        layout: given.layout ?? upload.layout,
        priority: given.priority ?? upload.priority,
        pool: given.pool ?? upload.pool,
        time_limit_ms: given.timeLimitMs ?? upload.time_limit_ms,
        pages_failed: 0,
        preview: null,
        error_code: null,
        error_message: null,
        processed_at: null,
      },
    });
    const ranges = cutRanges(
      failed.map((page) => page.number),
      suspicious,
    );
    await insertTasks(tx, moved, ranges.length > 0 ? ranges : 'open');
    return moved;
  });
}
