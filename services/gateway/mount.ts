// Routes onto Express, in their order. After the last route of a path comes its answer to all
// other methods, so that a literal path (/api/uploads/initiate) never falls through to a
// parameter (/api/uploads/:id).
import type { Request, RequestHandler, Response, Router } from 'express';
import { AppError } from '#core/errors.ts';
import { send } from './answer.ts';
import { jsonBody, rawBody } from './body.ts';
import { addToContext, contextOf } from './context.ts';
import type { InputOf, RequestSchemas, Route } from './route.ts';
import { type RequestTraces, traced } from './trace.ts';
import { validate, validateParams } from './validate.ts';

export function mountRoutes(
  router: Router,
  routes: readonly Route[],
  options: {
    bodyLimit: number;
    operatorsOnly: RequestHandler;
    traces?: RequestTraces | undefined;
  },
): void {
  const readBody = jsonBody({ limit: options.bodyLimit });
  for (const [index, route] of routes.entries()) {
    const handlers = [
      nameRoute(route),
      ...(route.operator ? [options.operatorsOnly] : []),
      ...(route.before ?? []),
      ...(route.request.body ? readBody : []),
      ...(route.request.bytes ? rawBody(route.request.bytes) : []),
      handler(route, options.traces),
    ];
    router[route.method](route.path, ...handlers);
    const later = routes.slice(index + 1);
    if (later.some(({ path }) => path === route.path)) continue;
    router.all(route.path, nameRoute(route), otherMethods(methodsOf(route.path, routes)));
  }
}

function nameRoute(route: Route): RequestHandler {
  return (_request, response, next) => {
    addToContext(response, { route: route.path });
    next();
  };
}

function handler(route: Route, traces: RequestTraces | undefined): RequestHandler {
  const handle = async (request: Request, response: Response) => {
    const answer = await route.handle(inputOf(route, request, response));
    await send(route, answer, response);
  };
  return traces ? traced(route, handle, traces) : handle;
}

function inputOf(route: Route, request: Request, response: Response): InputOf<RequestSchemas> {
  const { query, headers, body, bytes } = route.request;
  return {
    params: validateParams(route, request.params),
    query: query && validate(query, request.query, 'query'),
    headers: headers && validate(headers, request.headers, 'headers'),
    body: body && validate(body, request.body, 'body'),
    bytes: bytes && ((request.body as Buffer | undefined) ?? Buffer.alloc(0)),
    request: contextOf(response),
  } as InputOf<RequestSchemas>;
}

function methodsOf(path: string, routes: readonly Route[]): string {
  const own = routes.filter((route) => route.path === path).map(({ method }) => method);
  const implied = own.includes('get') ? ['head', 'options'] : ['options'];
  return [...own, ...implied].map((method) => method.toUpperCase()).join(', ');
}

function otherMethods(allowed: string): RequestHandler {
  return (request, response) => {
    response.set('allow', allowed);
    if (request.method !== 'OPTIONS') {
      throw new AppError('route.method_not_allowed', `the address takes ${allowed}`);
    }
    response.status(204).end();
  };
}
