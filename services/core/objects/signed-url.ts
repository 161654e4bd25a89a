// Signed URLs that the gateway serves itself: everything that the caller may do is in the
// query, and a digest over all of it. Pure; the clock is handed in.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';

export interface Grant {
  readonly method: 'PUT' | 'GET';
  readonly key: string;
  /** Unix seconds. */
  readonly expires: number;
  readonly contentType: string;
  /** Of a PUT: the exact number of bytes, where it is known. */
  readonly size?: number | undefined;
  /** Of a PUT: the digest of the bytes, where it is known; lower-case hex. */
  readonly sha256?: string | undefined;
  /** Of a GET: the header of the answer. */
  readonly contentDisposition?: string | undefined;
  /** Of a GET: the only version that is answered. */
  readonly etag?: string | undefined;
}

const prefix = '/objects/';

/** An absolute URL under `origin`. */
export function signUrl(
  grant: Grant,
  { secret, origin }: { secret: string; origin: string },
): string {
  const url = new URL(prefix + grant.key.split('/').map(encodeURIComponent).join('/'), origin);
  const query: Record<string, string | number | undefined> = {
    expires: grant.expires,
    type: grant.contentType,
    size: grant.size,
    sha256: grant.sha256,
    disposition: grant.contentDisposition,
    etag: grant.etag,
  };
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  url.searchParams.set('signature', digest(grant, secret).toString('base64url'));
  return url.href;
}

/** What a request for `path?query` may do. Throws `objects.signature_invalid`, `objects.url_expired`. */
export function verifyUrl(
  request: { method: 'PUT' | 'GET'; path: string; query: URLSearchParams },
  { secret, now }: { secret: string; now: number },
): Grant {
  const grant = readGrant(request);
  const given = Buffer.from(request.query.get('signature') ?? '', 'base64url');
  const right = digest(grant, secret);
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw new AppError('objects.signature_invalid');
  }
  if (grant.expires * 1_000 <= now) throw new AppError('objects.url_expired');
  return grant;
}

function readGrant({
  method,
  path,
  query,
}: {
  method: 'PUT' | 'GET';
  path: string;
  query: URLSearchParams;
}): Grant {
  // Of two values only one would be looked at.
  if (new Set(query.keys()).size !== query.size) {
    throw new AppError('objects.signature_invalid', 'a parameter is given twice');
  }
  const size = query.get('size');
  return {
    method,
    key: decodeKey(path),
    expires: readNumber(query.get('expires') ?? ''),
    contentType: query.get('type') ?? '',
    size: size === null ? undefined : readNumber(size),
    sha256: query.get('sha256') ?? undefined,
    contentDisposition: query.get('disposition') ?? undefined,
    etag: query.get('etag') ?? undefined,
  };
}

/** Never NaN or Infinity, which JSON writes as null: the digest could not tell them from nothing. */
function readNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AppError('objects.signature_invalid', 'a number of the URL is none');
}

function decodeKey(path: string): string {
  try {
    return path.slice(prefix.length).split('/').map(decodeURIComponent).join('/');
  } catch (cause) {
    throw new AppError('objects.signature_invalid', 'the path is not well formed', { cause });
  }
}

function digest(grant: Grant, secret: string): Buffer {
  const { method, key, expires, contentType, size, sha256, contentDisposition, etag } = grant;
  // JSON keeps the fields apart whatever they contain.
  const signed = [method, key, expires, contentType, size, sha256, contentDisposition, etag];
  return createHmac('sha256', secret)
    .update(JSON.stringify(signed.map((field) => field ?? null)))
    .digest();
}
