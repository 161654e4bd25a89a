// What one upload may cost. Checked before the memory or the time is spent; each can be
// changed by configuration, these are the defaults.

export interface Limits {
  /** Bytes of an uploaded file. */
  readonly fileBytes: number;
  /** Pixels of one page, decoded or rendered. 40 million is what comparable services take. */
  readonly pagePixels: number;
  /** Pages of one file. */
  readonly pages: number;
  /** Milliseconds of the engine's work on one task after which it is asked to stop, and killed if it does not. */
  readonly softTimeMs: number;
  /** Milliseconds of it after which the engine process is killed in any case. */
  readonly hardTimeMs: number;
  /** Bytes of writable memory (RLIMIT_DATA) of one engine process. */
  readonly engineBytes: number;
}

export const defaultLimits: Limits = {
  fileBytes: 25 * 1024 * 1024,
  pagePixels: 40_000_000,
  pages: 200,
  softTimeMs: 270_000,
  hardTimeMs: 300_000,
  engineBytes: 1024 * 1024 * 1024,
};
