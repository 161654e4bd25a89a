// What the engine says of one page. Stored as JSON in the object store, one object for each
// page and attempt; the ledger keeps the summary.
import type { Model } from './options.ts';

export interface Word {
  readonly text: string;
  /** Left, top, width, height in pixels of the upright page, whose size the result gives. */
  readonly box: readonly [number, number, number, number];
  /** 0 to 100. */
  readonly confidence: number;
  /** Counted from 1, in reading order: block in the page, paragraph in the block, line in the paragraph. */
  readonly block: number;
  readonly paragraph: number;
  readonly line: number;
}

/** Wall and CPU milliseconds of one stage. CPU is of the whole engine process. */
export interface StageCost {
  readonly ms: number;
  readonly cpu_ms: number;
}
export const stages = ['decode', 'prepare', 'recognise', 'preview'] as const;
export type Stage = (typeof stages)[number];

/** A JPEG that shows the page: the original itself where it is one, else the preview. */
export interface Picture {
  readonly from: 'original' | 'preview';
  /** In pixels as the JPEG has them, before it is turned. */
  readonly width: number;
  readonly height: number;
  /** Grey or RGB. */
  readonly colours: 1 | 3;
  /** As in EXIF, 1 to 8: how it must be turned to be upright. */
  readonly orientation: number;
}

export interface PageSummary {
  readonly number: number;
  /** Size of the upright page in pixels, before any scaling for recognition. */
  readonly width: number;
  readonly height: number;
  /** Degrees, clockwise, by which the page was turned to be upright. */
  readonly angle: number;
  /** Degrees, clockwise, by which its lines of print fall; 180 of a page upside down. Boxes are of the page as it lies. */
  readonly skew: number;
  /** `text-layer`: the PDF itself carried the words, nothing was recognised. */
  readonly source: 'ocr' | 'text-layer';
  readonly word_count: number;
  /** Mean of the words' confidence, 0 to 100; null on a page without words. */
  readonly mean_confidence: number | null;
  readonly language: string;
  readonly model: Model;
  readonly engine: string;
  readonly engine_version: string;
  readonly stages: Partial<Record<Stage, StageCost>>;
  /** Absent on pages that were read before there were searchable PDFs. */
  readonly picture?: Picture | undefined;
}

export interface PageResult extends PageSummary {
  readonly words: readonly Word[];
}

/** Plain text of a page: words by lines, a blank line between paragraphs. Ends with a newline unless empty. */
export function pageText(words: readonly Word[]): string {
  let text = '';
  let previous: Word | undefined;
  for (const word of words) {
    if (previous) text += separator(previous, word);
    text += word.text;
    previous = word;
  }
  return text && `${text}\n`;
}

function separator(before: Word, after: Word): string {
  if (before.block !== after.block || before.paragraph !== after.paragraph) return '\n\n';
  return before.line === after.line ? ' ' : '\n';
}
