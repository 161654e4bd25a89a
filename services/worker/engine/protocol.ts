// What a slot and its engine process say to each other over the IPC channel. One request is
// open at a time; `stop` may come in between.
import type { ErrorCode } from '#core/errors.ts';
import type { EngineName, OpenRequest, PageReading } from './engine.ts';

/** Given to the process as JSON in its first argument. */
export interface EngineSettings {
  readonly engine: EngineName | 'auto';
  /** Folder of the `fast` models; undefined: where the system keeps them. */
  readonly tessdata: string | undefined;
  /** Each has to be installed, or the process does not start. */
  readonly languages?: readonly string[];
  /** Folder for unpacked models. */
  readonly cache: string;
  readonly limits: {
    /** Bytes of writable memory. */
    readonly engineBytes: number;
    readonly pagePixels: number;
    readonly pages: number;
  };
}

export type EngineRequest =
  | { readonly type: 'open'; readonly request: OpenRequest }
  | { readonly type: 'page'; readonly number: number }
  | { readonly type: 'close' }
  | { readonly type: 'stop' };

export type EngineReply =
  | {
      readonly type: 'ready';
      readonly engine: EngineName;
      readonly version: string;
      /** Why it is this engine. */
      readonly reason: string;
    }
  | { readonly type: 'unavailable'; readonly message: string }
  | { readonly type: 'opened'; readonly pageCount: number }
  | { readonly type: 'percent'; readonly percent: number }
  | { readonly type: 'page'; readonly reading: PageReading }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string }
  /** `rss`: resident bytes of the process. */
  | { readonly type: 'closed'; readonly rss: number };
