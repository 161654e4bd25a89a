// Requests as spans. Who changes an upload without saying of which trace it is goes on in the
// upload's, so that there is one from initiate to apply; who only looks, again and again, does not.
import type { Request, Response } from 'express';
import type { Tracing } from '#core/tracing.ts';
import { addToContext, contextOf } from './context.ts';
import { uploadId } from './params.ts';
import type { Route } from './route.ts';

export interface RequestTraces {
  readonly tracing: Tracing;
  /** Trace context of the request that began the upload. */
  readonly traceOf: (uploadId: string) => Promise<string | undefined>;
}

type Handler = (request: Request, response: Response) => Promise<void>;

export function traced(route: Route, handle: Handler, traces: RequestTraces): Handler {
  const method = route.method.toUpperCase();
  const changes = method !== 'GET' && route.path.startsWith('/api/uploads/:id');

  const parentOf = async (request: Request, response: Response) => {
    const { traceparent } = contextOf(response);
    if (traceparent !== undefined || !changes) return traceparent;
    const id = uploadId.safeParse(request.params['id']);
    return id.success ? traces.traceOf(id.data) : undefined;
  };

  return async (request, response) => {
    const span = {
      name: `${method} ${route.path}`,
      kind: 'server',
      parent: await parentOf(request, response),
      attributes: { 'http.request.method': method, 'http.route': route.path },
    } as const;
    await traces.tracing.span(span, async (traceparent, describe) => {
      addToContext(response, { traceparent });
      await handle(request, response);
      describe({ 'http.response.status_code': response.statusCode });
    });
  };
}
