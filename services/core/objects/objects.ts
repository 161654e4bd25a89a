// The object store's port. Objects are immutable by convention: a key is written once, and
// what was pinned (ETag) is read with that ETag or not at all. Both implementations obey
// contract.ts.

export interface ObjectHead {
  readonly size: number;
  /** Changes whenever the bytes do; opaque. */
  readonly etag: string;
  /** Lower-case hex, where the store knows it. */
  readonly sha256: string | undefined;
}

export interface SignedPut {
  readonly key: string;
  readonly contentType: string;
  /** Exact number of bytes; absent: anything up to the store's limit. */
  readonly size?: number | undefined;
  /** Seconds. */
  readonly expiresIn: number;
  /** Scheme and host under which the caller reached us, for stores that we serve ourselves. */
  readonly origin: string;
}

export interface SignedGet {
  readonly key: string;
  readonly etag?: string | undefined;
  /** Both become headers of the answer. */
  readonly contentType: string;
  readonly contentDisposition: string;
  readonly expiresIn: number;
  readonly origin: string;
}

/** A file that can be opened by another process of this machine until it is released. */
export interface LocalFile {
  readonly path: string;
  release(): Promise<void>;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** When it was written, by the store's clock. */
  readonly modifiedAt: Date;
}

export interface Objects {
  /** Absolute URL that takes one PUT. */
  presignPut(put: SignedPut): Promise<string>;
  /** Absolute URL that answers one GET. */
  presignGet(get: SignedGet): Promise<string>;
  head(key: string): Promise<ObjectHead | undefined>;
  /** Durable when it resolves. */
  put(key: string, bytes: Uint8Array, options: { contentType: string }): Promise<ObjectHead>;
  /** Throws `objects.not_found`, and `upload.changed` when `etag` is given and no longer true. `length`: only the first bytes. */
  get(key: string, options?: { etag?: string; length?: number }): Promise<Buffer>;
  /** The object as a file, without passing through this process's memory. Throws as `get`. */
  checkout(key: string, options: { etag?: string; scratch: string }): Promise<LocalFile>;
  /** Every object whose key starts with `prefix` (which ends with a slash), in ascending order of keys. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Deletes every object whose key starts with `prefix`; nothing there is no error. */
  deleteAll(prefix: string): Promise<void>;
  /** Throws `objects.unavailable` when the store cannot be reached or written. */
  ping(): Promise<void>;
}
