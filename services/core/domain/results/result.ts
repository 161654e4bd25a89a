// What a result is written from, whatever its format.
import type { PageResult } from '../pages.ts';

export interface Result {
  readonly uploadId: string;
  readonly filename: string;
  /** Counts the readings of the upload; 1 is the first. */
  readonly reading: number;
  readonly pageCount: number;
  readonly pagesFailed: number;
  /** Those that were read, in their order. */
  readonly pages: readonly PageResult[];
  /** Bytes of the JPEG that shows the page (`PageSummary.picture`). */
  readonly picture: (page: PageResult) => Promise<Uint8Array>;
}
