// The parts of an upload beside its row: pages of its present reading, and its attempts.
import type { PageSummary } from '../../domain/pages.ts';
import type { AttemptOutcome, PageStatus } from '../../domain/states.ts';
import { AppError } from '../../errors.ts';
import type { Queryable } from '../database.ts';
import type { UploadRow } from './upload.ts';

export interface PageRow {
  readonly number: number;
  readonly status: PageStatus;
  readonly summary: PageSummary | null;
  readonly result_key: string | null;
  readonly preview_key: string | null;
  readonly preview_type: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

export async function getPages(db: Queryable, upload: UploadRow): Promise<PageRow[]> {
  return db.query<PageRow>(
    'select * from pages where upload_id = $1 and reading = $2 order by number',
    [upload.id, upload.reading],
  );
}

/** A page of the present reading. Throws `page.not_found`. */
export async function getPage(db: Queryable, upload: UploadRow, number: number): Promise<PageRow> {
  const [page] = await db.query<PageRow>(
    'select * from pages where upload_id = $1 and reading = $2 and number = $3',
    [upload.id, upload.reading, number],
  );
  if (!page) throw new AppError('page.not_found', `the upload has no page ${number}`);
  return page;
}

export interface AttemptRow {
  readonly task_id: string;
  readonly attempt: number;
  readonly worker_name: string;
  readonly first_page: number | null;
  readonly last_page: number | null;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

/** Every attempt at every task of the upload, in the order in which they began. */
export async function getAttempts(db: Queryable, uploadId: string): Promise<AttemptRow[]> {
  return db.query<AttemptRow>(
    `select attempts.*, tasks.first_page, tasks.last_page
       from attempts join tasks on tasks.id = attempts.task_id
      where tasks.upload_id = $1 order by attempts.started_at, attempts.task_id, attempts.attempt`,
    [uploadId],
  );
}
