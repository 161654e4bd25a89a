import type { Layout, ModelChoice, Priority } from '../../domain/options.ts';
import type { Database } from '../database.ts';
import { insertTasks } from '../tasks/insert.ts';
import { lockUpload, moveUpload, type UploadRow } from './upload.ts';

export interface NewOptions {
  readonly language?: string | undefined;
  readonly model?: ModelChoice | undefined;
  readonly layout?: Layout | undefined;
  readonly priority?: Priority | undefined;
}

/**
 * `parsed → uploaded` or `failed → uploaded` as a new reading of the same bytes, with other
 * options where given. Pages and results of earlier readings stay.
 */
export async function readAgain(db: Database, id: string, options: NewOptions): Promise<UploadRow> {
  return db.transaction(async (tx) => {
    const upload = await lockUpload(tx, id);
    const moved = await moveUpload(tx, upload, 'uploaded', {
      set: {
        status_reason: 'read_again',
        language: options.language ?? upload.language,
        model: options.model ?? upload.model,
        layout: options.layout ?? upload.layout,
        priority: options.priority ?? upload.priority,
        reading: upload.reading + 1,
        page_count: null,
        pages_done: 0,
        pages_failed: 0,
        preview: null,
        error_code: null,
        error_message: null,
        ocr_ms: null,
        ocr_cpu_ms: null,
        started_at: null,
        processed_at: null,
      },
    });
    await insertTasks(tx, moved, 'open');
    return moved;
  });
}
