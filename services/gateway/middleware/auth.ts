// One optional token for every call. Compared as digests in constant time, so that neither its
// length nor its beginning can be measured. Signed /objects URLs carry their own proof.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { AppError } from '#core/errors.ts';
import { addToContext } from '../context.ts';

export interface Auth {
  /** True when every call needs a token. */
  readonly required: boolean;
  /** Who shows this token; throws `auth.required` when it is missing or wrong. */
  principalOf(token: string | undefined): string;
}

export function createAuth(token: string | undefined): Auth {
  if (!token) return { required: false, principalOf: () => 'anonymous' };
  const expected = digest(token);
  return {
    required: true,
    principalOf(given) {
      if (given === undefined) throw new AppError('auth.required');
      if (timingSafeEqual(digest(given), expected)) return 'token';
      throw new AppError('auth.required', 'the token is not the right one');
    },
  };
}

export function requireAuth(auth: Auth): RequestHandler {
  return (request, response, next) => {
    addToContext(response, { principal: auth.principalOf(bearerOf(request)) });
    next();
  };
}

/**
 * The principal of a WebSocket upgrade; throws `auth.required`. Browsers cannot set headers
 * there: they offer the subprotocol `bearer.<token>` or the query parameter `access_token`.
 */
export function authenticateUpgrade(auth: Auth, request: IncomingMessage): string {
  return auth.principalOf(bearerOf(request) ?? subprotocolToken(request) ?? queryToken(request));
}

/** For `handleProtocols` of ws: browsers insist on one of theirs; the token is echoed only if alone. */
export function chooseSubprotocol(offered: Set<string>): string | false {
  const [first] = offered;
  return [...offered].find((name) => !name.startsWith('bearer.')) ?? first ?? false;
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

function subprotocolToken(request: IncomingMessage): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
  const token = offered.map((name) => name.trim()).find((name) => name.startsWith('bearer.'));
  return token?.slice('bearer.'.length);
}

function queryToken(request: IncomingMessage): string | undefined {
  const query = (request.url ?? '').split('?')[1];
  return new URLSearchParams(query).get('access_token') ?? undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
