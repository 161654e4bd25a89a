// The engine's port: opens one file at a time and reads its pages. Implementations run only
// inside an engine process (main.ts here); slots/ talks to that process and kills it if need be.

import type { ReadOptions } from '#core/domain/options.ts';
import type { PageSummary } from '#core/domain/pages.ts';

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
