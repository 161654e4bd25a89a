// One optional token for every call, and one for operators, which is good for every call too. Compared as digests in constant time, so that neither its
// length nor its beginning can be measured. Signed /objects URLs carry their own proof.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { AppError } from '#core/errors.ts';
import { addToContext, contextOf } from '../context.ts';

export interface Auth {
  /** True when every call needs a token. */
  readonly required: boolean;
  /** True when what operators do needs a token of its own. */
  readonly operatorRequired: boolean;
  /** Who shows this token; throws `auth.required` when it is missing or wrong. */
  principalOf(token: string | undefined): string;
}

/** `token` for every call, `operatorToken` for what operators do; each may be absent. */
export function createAuth(token: string | undefined, operatorToken?: string | undefined): Auth {
  const isToken = matcher(token);
  const isOperator = matcher(operatorToken);
  return {
    required: token !== undefined,
    operatorRequired: operatorToken !== undefined,
    principalOf(given) {
      if (isOperator(given)) return operator;
      if (token === undefined) return 'anonymous';
      if (isToken(given)) return 'token';
      throw new AppError('auth.required', given && 'the token is not the right one');
    },
  };
}

const operator = 'operator';

/** Ahead of what only operators may do. 401 for those who show nothing, 403 for those known as somebody else. */
export function requireOperator(auth: Auth): RequestHandler {
  return (request, response, next) => {
    if (!auth.operatorRequired || contextOf(response).principal === operator) return next();
    if (bearerOf(request) === undefined) {
      throw new AppError('auth.required', 'this needs the token of operators');
    }
    throw new AppError('auth.forbidden');
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

function matcher(expected: string | undefined): (given: string | undefined) => boolean {
  if (expected === undefined) return () => false;
  const right = digest(expected);
  return (given) => given !== undefined && timingSafeEqual(digest(given), right);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
