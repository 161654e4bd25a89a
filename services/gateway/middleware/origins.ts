// Which web pages may call: CORS for HTTP, and the check of Origin that WebSockets need because
// browsers apply no CORS to them.
import type { IncomingMessage } from 'node:http';
import cors from 'cors';
import type { RequestHandler } from 'express';
import { AppError } from '#core/errors.ts';

const exposed = [
  'Allow',
  'ETag',
  'Content-Disposition',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
];

/** `origins` from the configuration; `*` among them means all, none means only our own pages. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  if (origins.length === 0) return (_request, _response, next) => next();
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: exposed,
    // Browsers cap it themselves; ten minutes saves a preflight for most polls.
    maxAge: 600,
  });
}

/** False when a page of another origin opens a WebSocket. Programs send no Origin and pass. */
export function isAllowedOrigin(request: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** Throws `origin.forbidden`; `publicUrl` is where our own pages are served. */
export function refuseOrigin(
  request: IncomingMessage,
  origins: readonly string[],
  publicUrl: string | undefined,
): void {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  if (isAllowedOrigin(request, [...origins, ...own])) return;
  throw new AppError('origin.forbidden', `pages of ${request.headers.origin} may not listen`);
}
