// First in line: gives every request its context. Ids of callers are taken over, so that one
// id runs through their logs and ours; what could break a log line or a column is replaced.
import type { Request, RequestHandler } from 'express';
import { AppError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { setContext } from '../context.ts';

const saneId = /^[\w.:@-]{1,128}$/;
// https://www.w3.org/TR/trace-context/: version ff, and ids of zeros only, are invalid.
const validTrace = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export function requestId(options: {
  log: Log;
  newId: () => string;
  /** Replaces what requests say of their own address. */
  publicUrl: string | undefined;
}): RequestHandler {
  const fixedOrigin = options.publicUrl && new URL(options.publicUrl).origin;
  return (request, response, next) => {
    const given = request.get('x-request-id') ?? '';
    const id = saneId.test(given) ? given : options.newId();
    const trace = request.get('traceparent') ?? '';
    response.set('x-request-id', id);
    const over = new AbortController();
    response.once('close', () => over.abort());
    setContext(response, {
      id,
      traceparent: validTrace.test(trace) ? trace : undefined,
      principal: 'anonymous',
      get origin() {
        return fixedOrigin || originOf(request);
      },
      accepts: (types) => request.accepts([...types]) || undefined,
      over: over.signal,
      log: options.log.child({ requestId: id }),
      route: 'unmatched',
    });
    next();
  };
}

/** Honours X-Forwarded-Proto and -Host only from trusted proxies (Express' `trust proxy`). */
function originOf(request: Request): string {
  // HTTP/1.0 needs no Host, whatever the types say. One that says more than a host would end up
  // inside signed URLs.
  const host = String(request.host).toLowerCase();
  const origin = `${request.protocol}://${host}`;
  if (/^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/.test(host) && URL.canParse(origin)) return origin;
  throw new AppError('request.invalid', 'the Host header is not an address');
}
