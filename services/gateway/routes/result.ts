// The recognised text of an upload, as text for people, TSV for spreadsheets, JSON for programs.
import { type PageResult, pageText } from '#core/domain/pages.ts';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import { getPages } from '#core/ledger/uploads/get-detail.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import { pageWordsAnswer, resultAnswer, resultQuery } from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import { uploadParams } from '../params.ts';
import { defineRoute } from '../route.ts';

export function resultRoute(deps: {
  readonly db: Database;
  readonly objects: Pick<Objects, 'get'>;
}) {
  return defineRoute({
    method: 'get',
    path: '/api/uploads/:id/result',
    tag: 'results',
    summary: 'Everything that was read: as text, TSV or JSON',
    request: { params: uploadParams, query: resultQuery },
    responses: {
      200: {
        description: 'By `format`',
        schema: resultAnswer,
        contentTypes: ['text/plain', 'text/tab-separated-values'],
      },
    },
    errors: ['upload.not_found', 'upload.not_read'],
    async handle({ params, query }) {
      const upload = await getUpload(deps.db, params.id);
      if (upload.status !== 'parsed' && upload.status !== 'applied') {
        throw new AppError('upload.not_read', `the upload is ${upload.status}`);
      }
      const pages = await readResults(upload, deps);
      switch (query.format) {
        case 'text':
          return { status: 200, raw: toText(pages), contentType: 'text/plain; charset=utf-8' };
        case 'tsv':
          return {
            status: 200,
            raw: toTsv(pages),
            contentType: 'text/tab-separated-values; charset=utf-8',
          };
        default:
          return {
            status: 200,
            body: {
              upload_id: upload.id,
              reading: upload.reading,
              page_count: upload.page_count ?? pages.length,
              pages_failed: upload.pages_failed,
              pages,
            },
          };
      }
    },
  });
}

async function readResults(
  upload: UploadRow,
  { db, objects }: { db: Database; objects: Pick<Objects, 'get'> },
): Promise<PageResult[]> {
  const results: PageResult[] = [];
  for (const page of await getPages(db, upload)) {
    if (!page.result_key) continue;
    const bytes = await objects.get(page.result_key);
    results.push(pageWordsAnswer.parse(JSON.parse(bytes.toString('utf8'))));
  }
  return results;
}

/** Pages one after another, a form feed between them as printers and pdftotext have it. */
function toText(pages: readonly PageResult[]): string {
  return pages.map((page) => pageText(page.words)).join('\f');
}

const columns = 'page\tblock\tparagraph\tline\tleft\ttop\twidth\theight\tconfidence\ttext\n';

function toTsv(pages: readonly PageResult[]): string {
  let tsv = columns;
  for (const page of pages) {
    for (const { block, paragraph, line, box, confidence, text } of page.words) {
      const fields = [
        page.number,
        block,
        paragraph,
        line,
        ...box,
        confidence,
        text.replace(/[\t\r\n]/g, ' '),
      ];
      tsv += `${fields.join('\t')}\n`;
    }
  }
  return tsv;
}
