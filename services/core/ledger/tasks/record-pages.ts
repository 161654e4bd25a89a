// `waiting → done | failed` for pages, fenced by the claim of the task that read them.
import type { PageSummary } from '../../domain/pages.ts';
import { pageCost } from '../../domain/parsed-preview.ts';
import type { Database, Queryable } from '../database.ts';
import { recordEvent } from '../events/record-event.ts';
import type { UploadRow } from '../uploads/upload.ts';
import { type Claim, lockClaim } from './task.ts';

export type PageOutcome =
  | {
      readonly status: 'done';
      readonly summary: PageSummary;
      /** Where the words lie; the key holds task and attempt, so a late loser overwrites nothing. */
      readonly resultKey: string;
      readonly preview: { readonly key: string; readonly contentType: string } | undefined;
    }
  | {
      readonly status: 'failed';
      readonly number: number;
      readonly error: { readonly code: string; readonly message: string };
    };

/** Records pages of a task that goes on. `pageCount` is told by whoever opened the file. */
export async function recordPages(
  db: Database,
  claim: Claim,
  outcome: { pageCount: number; pages: readonly PageOutcome[] },
): Promise<void> {
  await db.transaction(async (tx) => {
    const { upload } = await lockClaim(tx, claim);
    await writePages(tx, claim, upload, outcome);
    // A page read is progress: what failed before it does not count against the next one.
    await tx.query(`update tasks set failures = 0, causes = '{}', losses = 0 where id = $1`, [
      claim.taskId,
    ]);
  });
}

/**
 * As `recordPages`, inside a transaction that holds the upload's lock. Returns the upload as it is
 * then. Pages that the same attempt has recorded before are left as they are: the worker
 * repeats what it got no answer to, and the commit may have gone through.
 */
export async function writePages(
  tx: Queryable,
  claim: Claim,
  upload: UploadRow,
  { pageCount, pages }: { pageCount: number; pages: readonly PageOutcome[] },
): Promise<UploadRow> {
  if (upload.page_count === null) {
    await tx.query(
      `insert into pages (upload_id, reading, number) select $1, $2, generate_series(1, $3)
       on conflict do nothing`,
      [upload.id, upload.reading, pageCount],
    );
  }
  const written: PageOutcome[] = [];
  for (const page of pages) if (await writePage(tx, claim, upload, page)) written.push(page);
  const [after] = await tx.query<UploadRow>(
    `update uploads set page_count = $2, pages_done = pages_done + $3, pages_failed = pages_failed + $4,
            ocr_ms = coalesce(ocr_ms, 0) + $5, ocr_cpu_ms = coalesce(ocr_cpu_ms, 0) + $6, updated_at = now()
      where id = $1 returning *`,
    [upload.id, upload.page_count ?? pageCount, ...sums(written)],
  );
  if (!after) throw new Error('a locked row disappeared');
  // A file of one page tells its end by the upload's own event.
  if (after.page_count !== 1) for (const page of written) await tellPage(tx, after, page);
  return after;
}

/** False when this attempt has recorded the page before. */
async function writePage(
  tx: Queryable,
  claim: Claim,
  upload: UploadRow,
  page: PageOutcome,
): Promise<boolean> {
  const read = page.status === 'done' ? page : undefined;
  const error = page.status === 'failed' ? page.error : undefined;
  const written = await tx.query(
    `update pages set status = $4, task_id = $5, attempt = $6, summary = $7, result_key = $8, preview_key = $9,
            preview_type = $10, error_code = $11, error_message = $12, recorded_at = now()
      where upload_id = $1 and reading = $2 and number = $3 and status = 'waiting' returning number`,
    [
      upload.id,
      upload.reading,
      numberOf(page),
      page.status,
      claim.taskId,
      claim.attempt,
      read ? JSON.stringify(read.summary) : null,
      read?.resultKey ?? null,
      read?.preview?.key ?? null,
      read?.preview?.contentType ?? null,
      error?.code ?? null,
      error?.message ?? null,
    ],
  );
  if (written.length === 1) return true;
  const [own] = await tx.query(
    `select from pages where upload_id = $1 and reading = $2 and number = $3 and task_id = $4 and attempt = $5`,
    [upload.id, upload.reading, numberOf(page), claim.taskId, claim.attempt],
  );
  if (own) return false;
  throw new Error(`page ${numberOf(page)} of upload ${upload.id} is not waiting to be recorded`);
}

async function tellPage(tx: Queryable, upload: UploadRow, page: PageOutcome): Promise<void> {
  await recordEvent(tx, {
    uploadId: upload.id,
    type: `page.${page.status}`,
    data: {
      request_id: upload.request_id,
      page: numberOf(page),
      reading: upload.reading,
      page_count: upload.page_count,
      pages_done: upload.pages_done,
      pages_failed: upload.pages_failed,
      ...(page.status === 'failed' && {
        error_code: page.error.code,
        error_message: page.error.message,
      }),
    },
  });
}

function numberOf(page: PageOutcome): number {
  return page.status === 'done' ? page.summary.number : page.number;
}

function sums(pages: readonly PageOutcome[]): [number, number, number, number] {
  let done = 0;
  let ms = 0;
  let cpuMs = 0;
  for (const page of pages) {
    if (page.status !== 'done') continue;
    const cost = pageCost(page.summary);
    done += 1;
    ms += cost.ms;
    cpuMs += cost.cpuMs;
  }
  return [done, pages.length - done, ms, cpuMs];
}
