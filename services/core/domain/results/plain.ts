// Text for people, TSV for spreadsheets, JSON for programs.
import { pageText } from '../pages.ts';
import type { Result } from './result.ts';

/** Pages one after another, a form feed between them as printers and pdftotext have it. */
export function toText({ pages }: Result): string {
  return pages.map((page) => pageText(page.words)).join('\f');
}

const columns = 'page\tblock\tparagraph\tline\tleft\ttop\twidth\theight\tconfidence\ttext\n';

export function toTsv({ pages }: Result): string {
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

/** As `resultAnswer` in core/messages.ts describes it. */
export function toJson({ uploadId, reading, pageCount, pagesFailed, pages }: Result): string {
  return JSON.stringify({
    upload_id: uploadId,
    reading,
    page_count: pageCount,
    pages_failed: pagesFailed,
    pages,
  });
}
