// The one edge where errors become answers: application/problem+json (RFC 9457). What somebody
// named (AppError) is told; anything else is `internal`, and only the log hears what it was.
import type { ErrorRequestHandler, Response } from 'express';
import { AppError, type ErrorCode } from '#core/errors.ts';
import type { Problem } from '#core/messages.ts';
import { contextOf, type RequestContext } from '../context.ts';

/** Seconds of Retry-After where the error does not know better. */
const defaultRetryAfter: Readonly<Partial<Record<ErrorCode, number>>> = { 'uploads.disabled': 60 };

export const problems: ErrorRequestHandler = (thrown: unknown, _request, response, _next) => {
  const error = nameError(thrown);
  const context = contextOf(response);
  report(thrown, error, context);
  if (response.headersSent) {
    // Half an answer is out: a broken connection is the only honest end.
    response.destroy();
    return;
  }
  setHeaders(error, response);
  response.status(error.status).type('application/problem+json');
  // `send` would add a charset, which application/json and its kin do not have.
  const body = JSON.stringify(problemOf(error, context.id));
  response.set('content-length', String(Buffer.byteLength(body)));
  response.end(response.req.method === 'HEAD' ? undefined : body);
};

export function problemOf(error: AppError, requestId: string): Problem {
  const ours = error.code === 'internal';
  return {
    ...(ours ? {} : error.details),
    type: `urn:problem-type:cricksy:${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: ours ? error.title : error.message,
    advice: error.advice,
    request_id: requestId,
  };
}

function report(thrown: unknown, error: AppError, { log, route }: RequestContext): void {
  const { code } = error;
  if (error.status >= 500) log.error({ error: thrown, code, route }, 'a request failed');
  else log.debug({ code, detail: error.message, route }, 'a request was refused');
}

function setHeaders(error: AppError, response: Response): void {
  response.set('cache-control', 'no-store');
  if (error.status === 401) response.set('www-authenticate', 'Bearer realm="cricksy"');
  if (error.status !== 429 && error.status !== 503) return;
  const { retry_after: known } = error.details;
  const seconds = typeof known === 'number' ? known : (defaultRetryAfter[error.code] ?? 5);
  response.set('retry-after', String(Math.max(1, Math.ceil(seconds))));
}

/** What Express and its body parser throw, by our names. */
function nameError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { type, status } = (thrown ?? {}) as { type?: unknown; status?: unknown };
  switch (type) {
    case 'entity.parse.failed':
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError('request.malformed', undefined, { cause: thrown });
    case 'entity.too.large':
      return new AppError('request.too_large', undefined, { cause: thrown });
    case 'charset.unsupported':
      return new AppError('request.not_acceptable', 'the body is not sent in UTF-8');
    case 'encoding.unsupported':
      return new AppError('request.not_acceptable', 'compressed bodies are not read');
  }
  // Express' own: a path with broken percent-encoding.
  if (thrown instanceof URIError && status === 400) return new AppError('route.not_found');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('request.invalid', undefined, { cause: thrown });
  }
  return new AppError('internal', undefined, { cause: thrown });
}
