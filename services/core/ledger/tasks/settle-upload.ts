// Moves an upload on when its last task has ended. Decided under the upload's row lock, so two
// last ranges cannot both, or neither, see themselves as the last.
import type { PageSummary } from '../../domain/pages.ts';
import { buildPreview } from '../../domain/parsed-preview.ts';
import type { Queryable } from '../database.ts';
import { moveUpload, type UploadRow } from '../uploads/upload.ts';

/** `processing → parsed | failed` if nothing of this reading is left to do, else nothing. The upload is locked. */
export async function settleUpload(tx: Queryable, upload: UploadRow): Promise<UploadRow> {
  const [unfinished] = await tx.query(
    `select from tasks where upload_id = $1 and reading = $2
        and status in ('waiting', 'dispatched', 'running') limit 1`,
    [upload.id, upload.reading],
  );
  if (unfinished) return upload;
  const pages = await tx.query<{
    summary: PageSummary | null;
    error_code: string | null;
    error_message: string | null;
  }>(
    `select summary, error_code, error_message from pages
      where upload_id = $1 and reading = $2 and status in ('done', 'failed') order by number`,
    [upload.id, upload.reading],
  );
  const read = pages.flatMap((page) => page.summary ?? []);
  const failed = pages.filter((page) => !page.summary);
  if (read.length > 0) {
    return moveUpload(tx, upload, 'parsed', {
      set: { preview: buildPreview(read, failed.length), status_reason: null },
      stamp: ['processed_at'],
    });
  }
  const [first] = failed;
  return moveUpload(tx, upload, 'failed', {
    set: {
      status_reason: null,
      error_code: first?.error_code ?? 'internal',
      error_message: first?.error_message ?? 'no page was read',
    },
    stamp: ['processed_at'],
  });
}
