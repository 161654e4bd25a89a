// What was read of an upload, in the format that is asked for.
import { Readable } from 'node:stream';
import { create as contentDisposition } from 'content-disposition';
import type { PageResult } from '#core/domain/pages.ts';
import { type ResultFormat, resultFormats } from '#core/domain/results/formats.ts';
import { isUnderWay } from '#core/domain/states.ts';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { getPages, type PageRow } from '#core/ledger/uploads/get-detail.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import { pageWordsAnswer } from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import type { RawAnswer } from './route.ts';
import type { Switches } from './switches.ts';

export interface ResultDependencies {
  readonly db: Database;
  readonly objects: Pick<Objects, 'get'>;
  readonly switches: Pick<Switches, 'whyOff'>;
}

/**
 * Throws `upload.not_read`; for a PDF also `page.no_preview` when a page has no picture, and
 * `upload.changed` when its picture is the original, which has been replaced.
 */
export async function answerResult(
  { db, objects, switches }: ResultDependencies,
  upload: UploadRow,
  format: ResultFormat,
): Promise<RawAnswer<200>> {
  if (upload.status !== 'parsed' && upload.status !== 'applied') {
    const whyOff = isUnderWay(upload.status) ? switches.whyOff('ocr', upload.pool) : undefined;
    throw new AppError(
      'upload.not_read',
      [`the upload is ${upload.status}`, whyOff].filter(Boolean).join(', '),
    );
  }
  const rows = (await getPages(db, upload)).filter((row) => row.result_key !== null);
  const { write, contentType, extension, pictures } = resultFormats[format];
  if (pictures) await refuseWithoutPictures(upload, rows, objects);
  const written = write({
    uploadId: upload.id,
    filename: upload.filename,
    reading: upload.reading,
    pageCount: upload.page_count ?? rows.length,
    pagesFailed: upload.pages_failed,
    pages: await readPages(rows, objects),
    picture: (page) => readPicture(upload, rows, page, objects),
  });
  const name = `${upload.filename.replace(/\.[^.]*$/, '')}.${extension}`;
  return {
    status: 200,
    raw: typeof written === 'string' ? written : Readable.from(written),
    contentType,
    headers: { 'content-disposition': contentDisposition(name, { type: 'inline' }) },
  };
}

/** Before the first byte is out: half a file cannot say what is wrong. */
async function refuseWithoutPictures(
  upload: UploadRow,
  rows: readonly PageRow[],
  objects: Pick<Objects, 'get'>,
): Promise<void> {
  const bare = rows.find((row) => !row.summary?.picture);
  if (bare) throw new AppError('page.no_preview', `page ${bare.number} has no picture: read again`);
  if (!rows.some((row) => row.summary?.picture?.from === 'original')) return;
  await objects.get(upload.object_key, { etag: upload.object_etag ?? '', length: 1 });
}

async function readPages(
  rows: readonly PageRow[],
  objects: Pick<Objects, 'get'>,
): Promise<PageResult[]> {
  const pages: PageResult[] = [];
  for (const { result_key: key } of rows) {
    if (key === null) continue;
    const bytes = await objects.get(key);
    pages.push(pageWordsAnswer.parse(JSON.parse(bytes.toString('utf8'))));
  }
  return pages;
}

/** Bytes are passed on, never decoded: only an engine process opens what users send. */
async function readPicture(
  upload: UploadRow,
  rows: readonly PageRow[],
  page: PageResult,
  objects: Pick<Objects, 'get'>,
): Promise<Uint8Array> {
  if (page.picture?.from === 'original') {
    return objects.get(upload.object_key, { etag: upload.object_etag ?? '' });
  }
  const key = rows.find((row) => row.number === page.number)?.preview_key;
  if (!key) throw new AppError('page.no_preview');
  return objects.get(key);
}
