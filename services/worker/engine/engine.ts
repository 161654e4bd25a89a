// The engine's port: what a slot may ask of an engine process, and what a recogniser inside
// that process does. Recognisers are listed in recognisers.ts, in the order in which `auto` tries them.

import type { Model, ReadOptions, SettledOptions } from '#core/domain/options.ts';
import type { PageSummary, Word } from '#core/domain/pages.ts';

export const engineNames = ['libtesseract', 'tesseract-js'] as const;
export type EngineName = (typeof engineNames)[number];

export interface OpenRequest {
  /** A file of this machine, already checked to be the pinned bytes. */
  readonly path: string;
  readonly options: ReadOptions;
}

/** One page, read. `result` is the JSON of a PageResult, ready to be stored. */
export interface PageReading {
  readonly summary: PageSummary;
  readonly result: Uint8Array;
  /** A picture of the page, where a browser could not show the original. */
  readonly preview: { readonly bytes: Uint8Array; readonly contentType: string } | undefined;
}

/** 8 bits a pixel, 0 is black; rows follow each other without padding. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Pixels per inch, where the file says it credibly. */
  readonly dpi: number | undefined;
  /** Paper with grain or shade: ink is told by its surroundings, not by one level for all. */
  readonly grainy?: boolean;
  /** Was ruled both ways: read as rows across the page where the layout is to be found. */
  readonly ruled?: boolean;
}

export interface Recogniser {
  readonly name: EngineName;
  readonly version: string;
  /**
   * Loads the model ahead of its first use, and tells which one `auto` means. Throws
   * `language.unavailable`, `model.unavailable`.
   */
  prepare(options: ReadOptions): Promise<Model>;
  /**
   * Words in reading order, boxes in pixels of `image`. The same image gives the same words,
   * whatever was read before. When `signal` fires it ends within milliseconds with its reason.
   */
  recognise(
    image: GreyImage,
    options: SettledOptions,
    watch: { signal: AbortSignal; onPercent: (percent: number) => void },
  ): Promise<Word[]>;
}
