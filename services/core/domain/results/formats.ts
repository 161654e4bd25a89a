// The forms in which a result is handed out. A new one is a function beside these and a line here;
// the API, its description and the command line follow.
import { toAlto } from './alto.ts';
import { toHocr } from './hocr.ts';
import { toPdf } from './pdf.ts';
import { toJson, toText, toTsv } from './plain.ts';
import type { Result } from './result.ts';

interface Format {
  /** For people. */
  readonly title: string;
  readonly contentType: string;
  /** Of files, without the dot. */
  readonly extension: string;
  /** It holds the pictures of the pages, so it is no text and each page needs one. */
  readonly pictures?: true;
  readonly write: (result: Result) => string | AsyncIterable<Uint8Array>;
}

// biome-ignore format: a table, one format a line
const table = {
  text: { title: 'text', contentType: 'text/plain; charset=utf-8', extension: 'txt', write: toText },
  json: { title: 'JSON', contentType: 'application/json', extension: 'json', write: toJson },
  tsv: { title: 'TSV', contentType: 'text/tab-separated-values; charset=utf-8', extension: 'tsv', write: toTsv },
  hocr: { title: 'hOCR', contentType: 'text/vnd.hocr+html; charset=utf-8', extension: 'hocr', write: toHocr },
  alto: { title: 'ALTO', contentType: 'application/alto+xml; charset=utf-8', extension: 'xml', write: toAlto },
  pdf: { title: 'a searchable PDF', contentType: 'application/pdf', extension: 'pdf', pictures: true, write: toPdf },
} as const satisfies Record<string, Format>;

export type ResultFormat = keyof typeof table;
export const resultFormats: Readonly<Record<ResultFormat, Format>> = table;
export const resultFormatNames = Object.keys(resultFormats) as ResultFormat[];

/** Media types without parameters, in the order of the formats. */
export const resultTypes = Object.values(resultFormats).map(({ contentType }) =>
  mediaType(contentType),
);

/** The format of a media type without parameters. */
export function formatOfType(type: string): ResultFormat | undefined {
  return resultFormatNames.find((name) => mediaType(resultFormats[name].contentType) === type);
}

function mediaType(contentType: string): string {
  return contentType.split(';', 1)[0] ?? contentType;
}
