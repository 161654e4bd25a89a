// Bodies. JSON is strict about what it is (RFC 8259 in UTF-8, sent as application/json), kind
// about its absence: a request without one counts as `{}`.
import { isUtf8 } from 'node:buffer';
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { AppError } from '#core/errors.ts';

/** validated_data of a long match is some 200 kB. */
export const defaultBodyLimit = 1024 * 1024;

/** Far more than any scorecard; few enough that walking it in recursion is safe. */
const deepest = 64;

export function jsonBody(options: { limit: number }): RequestHandler[] {
  // Not inflated: nobody compresses a kilobyte, and what is not opened cannot be a bomb.
  const parse = express.json({
    limit: options.limit,
    inflate: false,
    type: () => true,
    verify: requireUtf8,
  });
  return [requireJson, requireLength(options.limit), parse, requireStorable];
}

/** The body as it is, whatever its type. */
export function rawBody({ limit }: { limit: number }): RequestHandler[] {
  return [requireLength(limit), express.raw({ limit, inflate: false, type: () => true })];
}

function requireJson(request: Request, _response: Response, next: NextFunction): void {
  if (hasBytes(request) && !request.is('application/json')) {
    throw new AppError('request.not_acceptable', 'the body is not sent as application/json');
  }
  next();
}

// The parser would answer too, but only after it had received all of it.
function requireLength(limit: number): RequestHandler {
  return (request, _response, next) => {
    if (Number(request.headers['content-length']) > limit) {
      throw new AppError('request.too_large', `a body may have ${limit} bytes`);
    }
    next();
  };
}

// The parser would put U+FFFD where bytes are none of a character, and reads other Unicode charsets.
function requireUtf8(_request: unknown, _response: unknown, bytes: Buffer, charset: string): void {
  if (charset === 'utf-8' && isUtf8(bytes)) return;
  throw Object.assign(new Error('the body is not UTF-8'), { type: 'entity.parse.failed' });
}

function hasBytes(request: Request): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  return encoding !== undefined || Number(length) > 0;
}

function requireStorable(request: Request, _response: Response, next: NextFunction): void {
  request.body ??= {};
  const mistake = unstorable(request.body, deepest);
  if (mistake !== undefined) throw new AppError('request.invalid', `the body ${mistake}`);
  next();
}

// PostgreSQL's jsonb knows neither U+0000 nor half a surrogate pair, and its stack is not endless.
function unstorable(value: unknown, levels: number): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'contains the character U+0000';
    return value.isWellFormed() ? undefined : 'contains half a character (a lone surrogate)';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (levels === 0) return `is nested more than ${deepest} levels deep`;
  for (const [key, item] of Object.entries(value)) {
    const mistake = unstorable(key, levels - 1) ?? unstorable(item, levels - 1);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}
