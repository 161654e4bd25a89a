// Tesseract's TSV: a line for each page, block, paragraph, line and word, told apart by the
// first column. Columns: level page block paragraph line word left top width height conf text.
import type { Word } from '#core/domain/pages.ts';

const wordLevel = 5;

export function parseTsv(tsv: string): Word[] {
  const words: Word[] = [];
  for (const row of tsv.split('\n')) {
    const columns = row.split('\t');
    const text = columns[11]?.trim();
    if (Number(columns[0]) !== wordLevel || !text) continue;
    const [
      block = 0,
      paragraph = 0,
      line = 0,
      ,
      left = 0,
      top = 0,
      width = 0,
      height = 0,
      conf = 0,
    ] = columns.slice(2, 11).map(Number);
    const confidence = Math.round(Math.min(100, Math.max(0, conf)) * 100) / 100;
    words.push({ text, box: [left, top, width, height], confidence, block, paragraph, line });
  }
  return words;
}
