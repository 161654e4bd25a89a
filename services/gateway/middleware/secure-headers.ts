// Defaults for every answer; a route may set its own. No HSTS: whoever terminates TLS knows.
import type { RequestHandler } from 'express';

export const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'cache-control': 'no-store',
    // Answers are data: nothing in them may run, be framed, or be guessed to be another type.
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    // Signed URLs are secrets while they last.
    'referrer-policy': 'no-referrer',
  });
  next();
};
