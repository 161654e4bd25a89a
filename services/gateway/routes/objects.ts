// Signed PUT and GET that pass through the gateway to the store. Not described in OpenAPI: clients use the URLs as
// they are given, like those of any other store.
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import { AppError } from '#core/errors.ts';
import type { Store } from '#core/objects/objects.ts';
import { type Grant, verifyUrl } from '#core/objects/signed-url.ts';

export interface ObjectsDependencies {
  readonly store: Pick<Store, 'receive' | 'openRead'>;
  readonly signingSecret: string;
  readonly maxFileBytes: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export function objectsRouter(deps: ObjectsDependencies): Router {
  const router = Router();
  router.put('/objects/*key', async (request, response) => {
    try {
      await put(deps, request, response);
    } catch (error) {
      discardRest(request, deps.maxFileBytes);
      throw error;
    }
  });
  router.get('/objects/*key', async (request, response) => get(deps, request, response));
  router.all('/objects/*key', (request, response) => {
    if (request.method === 'OPTIONS') {
      response.status(204).set('allow', 'GET, HEAD, PUT').end();
      return;
    }
    response.set('allow', 'GET, HEAD, PUT');
    throw new AppError('route.method_not_allowed');
  });
  return router;
}

async function put(deps: ObjectsDependencies, request: Request, response: Response): Promise<void> {
  const grant = granted(deps, request, 'PUT');
  refuseOtherType(grant, request.headers['content-type']);
  const size = sizeOf(grant, request.headers['content-length']);
  // Written so that what is no number does not pass.
  if (!(size <= deps.maxFileBytes)) {
    throw new AppError('upload.too_large', `${size} bytes are more than ${deps.maxFileBytes}`);
  }
  const { key, contentType, sha256 } = grant;
  const head = await deps.store.receive(key, request, { size, contentType, sha256 });
  response.status(200).set('etag', `"${head.etag}"`).end();
}

/**
 * Who is refused is often still sending, and reads the answer only afterwards: its bytes are
 * thrown away for a while. Who does not stop then is cut off.
 */
function discardRest(request: Request, mostBytes: number): void {
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > mostBytes) request.destroy();
  });
}

async function get(deps: ObjectsDependencies, request: Request, response: Response): Promise<void> {
  const grant = granted(deps, request, 'GET');
  const { head, stream } = await deps.store.openRead(grant.key, { etag: grant.etag });
  response.set({
    'content-type': grant.contentType,
    'content-length': String(head.size),
    'content-disposition': grant.contentDisposition ?? 'attachment',
    'x-content-type-options': 'nosniff',
    // Should a browser show it after all, it may do nothing there.
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': 'private, max-age=300',
    etag: `"${head.etag}"`,
  });
  if (request.method === 'HEAD') {
    stream.destroy();
    response.end();
    return;
  }
  // A caller that leaves is no error of ours.
  await pipeline(stream, response).catch(() => undefined);
}

function granted(
  { signingSecret, now }: ObjectsDependencies,
  request: Request,
  method: 'PUT' | 'GET',
): Grant {
  const { pathname, searchParams } = new URL(request.originalUrl, 'http://gateway');
  return verifyUrl(
    { method, path: pathname, query: searchParams },
    { secret: signingSecret, now: now() },
  );
}

/** What was signed for, or else announced; stores take no stream of unknown length. */
function sizeOf(grant: Grant, length: string | undefined): number {
  const announced = length === undefined ? undefined : Number(length);
  const size = grant.size ?? announced;
  if (size === undefined) throw new AppError('request.length_required');
  if (announced !== undefined && announced !== size) {
    throw new AppError(
      'upload.size_mismatch',
      `${size} bytes were signed for, ${announced} announced`,
    );
  }
  return size;
}

function refuseOtherType(grant: Grant, given: string | undefined): void {
  const type = given?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === grant.contentType) return;
  throw new AppError(
    'upload.type_mismatch',
    `the URL was signed for content-type ${grant.contentType}, ${type ?? 'none'} was sent`,
  );
}
