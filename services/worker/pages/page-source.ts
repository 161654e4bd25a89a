// A file as pages: what the formats have in common for the engine.
import type { Sharp } from 'sharp';
import type { Picture, Word } from '#core/domain/pages.ts';
import type { GreyImage } from '../engine/engine.ts';

export interface Page {
  /** Size of the upright page in pixels; the boxes of the words are in these. */
  readonly width: number;
  readonly height: number;
  /** Degrees, clockwise, by which it was turned to be upright. */
  readonly angle: number;
  /** The words that the file itself carries, when they are all there is to read. */
  textLayer(): Promise<Word[] | undefined>;
  /** For recognition; smaller than the page where that reads as well in less time. */
  raster(): Promise<GreyImage>;
  /** The file itself, where it is a JPEG that others can show and embed as it is. */
  readonly original: Picture | undefined;
  /** True where a browser cannot show the original, or there is none to embed. */
  readonly needsPreview: boolean;
  /** The upright page in colour, where that costs little. */
  inColour?(): Sharp;
  close(): void;
}

export interface PageSource {
  readonly pageCount: number;
  /** `number` counts from 1. Throws `page.too_large`, `page.corrupt`. */
  openPage(number: number): Promise<Page>;
  close(): void;
}

export interface PageLimits {
  readonly pagePixels: number;
  readonly pages: number;
}
