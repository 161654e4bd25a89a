// The object store's port: `Store` keeps bytes by key, `Signer` makes the URLs that clients use.
// Objects are immutable by convention: a key is written once, and what was pinned (ETag) is
// read with that ETag or not at all. Every implementation obeys contract.ts.
import type { Readable } from 'node:stream';

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
  /** Lower-case hex; a store that can checks it as the bytes come in. */
  readonly sha256?: string | undefined;
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

/** What a stream must turn out to be. */
export interface Expected {
  readonly size: number;
  readonly contentType: string;
  /** Lower-case hex. */
  readonly sha256?: string | undefined;
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

export interface Store {
  head(key: string): Promise<ObjectHead | undefined>;
  /** Durable when it resolves. */
  put(key: string, bytes: Uint8Array, options: { contentType: string }): Promise<ObjectHead>;
  /**
   * As `put`, but what is there already stays. A store that knows no `If-None-Match` on writes
   * replaces it.
   */
  putFirst(key: string, bytes: Uint8Array, options: { contentType: string }): Promise<void>;
  /** Stores a stream whole or not at all. Throws `upload.size_mismatch`, `upload.checksum_mismatch`. */
  receive(key: string, bytes: Readable, expected: Expected): Promise<ObjectHead>;
  /** Throws `objects.not_found`, and `upload.changed` when `etag` is given and no longer true. `length`: only the first bytes. */
  get(key: string, options?: { etag?: string; length?: number }): Promise<Buffer>;
  /** The object as a stream, which the caller reads to its end or destroys. Throws as `get`. */
  openRead(
    key: string,
    options: { etag?: string | undefined },
  ): Promise<{ head: ObjectHead; stream: Readable }>;
  /** SHA-256 of the bytes in lower-case hex, read through where the store does not know it. Throws as `get`. */
  digest(key: string, options: { etag: string }): Promise<string>;
  /** The object as a file, without passing through this process's memory. Throws as `get`. */
  checkout(key: string, options: { etag?: string; scratch: string }): Promise<LocalFile>;
  /** Every object whose key starts with `prefix` (which ends with a slash), in ascending order of keys. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Deletes every object whose key starts with `prefix`; nothing there is no error. */
  deleteAll(prefix: string): Promise<void>;
  /** Throws `objects.unavailable` when the store does not work for us. */
  ping(): Promise<void>;
}

export interface Signer {
  /** Absolute URL that takes PUTs of these bytes until it expires. */
  presignPut(put: SignedPut): Promise<string>;
  /** Absolute URL that answers GETs until it expires. */
  presignGet(get: SignedGet): Promise<string>;
}

export type Objects = Store & Signer;
