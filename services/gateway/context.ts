// What is known about a request besides its content. Made by the first middleware, kept on the
// response, handed to every handler as `request`.
import type { Response } from 'express';
import type { Log } from '#core/log.ts';

type Locals = { context: RequestContext };

export interface RequestContext {
  /** Taken over from X-Request-Id or made here; echoed, logged, stored with what the request starts. */
  readonly id: string;
  /** W3C trace context to go on from: of the request's own span where it is traced, else of the caller, if it sent one. */
  readonly traceparent: string | undefined;
  /** Who asks: `operator` or `token`, by the token shown, or `anonymous` where none is configured. */
  readonly principal: string;
  /** Scheme and host under which the caller reached us. Throws `request.invalid` when that is no address. */
  readonly origin: string;
  /** Of these media types the one that the Accept header prefers; without one, the first. */
  accepts(types: readonly string[]): string | undefined;
  /** Fires when the caller has its answer or has left. */
  readonly over: AbortSignal;
  readonly log: Log;
  /** Pattern of the route, never its parameters; for logs and metrics. */
  readonly route: string;
}

export function setContext(response: Response, context: RequestContext): void {
  (response.locals as Locals).context = context;
}

export function contextOf(response: Response): RequestContext {
  return (response.locals as Locals).context;
}

/** Fills in what a later middleware learnt. */
export function addToContext(
  response: Response,
  known: Partial<Pick<RequestContext, 'principal' | 'route' | 'traceparent'>>,
): void {
  Object.assign(contextOf(response), known);
}
