// The gateway's HTTP application: the order below is the order in which a request meets things.
// It owns no connection and starts nothing; main.ts hands in the parts and listens.
import { randomUUID } from 'node:crypto';
import express, { type Express, type RequestHandler } from 'express';
import type { ProbeHandler } from '#core/health.ts';
import type { Log } from '#core/log.ts';
import type { ObserveRequest } from '#core/metrics.ts';
import { defaultBodyLimit } from './body.ts';
import { addToContext } from './context.ts';
import { docsRouter } from './docs/docs.ts';
import { access } from './middleware/access.ts';
import { type Auth, requireAuth, requireOperator } from './middleware/auth.ts';
import { notFound } from './middleware/not-found.ts';
import { allowOrigins } from './middleware/origins.ts';
import { problems } from './middleware/problem.ts';
import { requestId } from './middleware/request-id.ts';
import { secureHeaders } from './middleware/secure-headers.ts';
import { mountRoutes } from './mount.ts';
import { type OpenApiInfo, openApiRoute } from './openapi.ts';
import type { Route } from './route.ts';
import type { RequestTraces } from './trace.ts';

export interface AppOptions {
  /** In order: the table of contents of the API. */
  readonly routes: readonly Route[];
  /** Signed PUT and GET of the `filesystem` store; its paths begin with /objects. */
  readonly objects?: RequestHandler | undefined;
  readonly auth: Auth;
  /** Origins whose pages may call; `*` for all. */
  readonly origins: readonly string[];
  /** As Express' `trust proxy`. */
  readonly trustProxy?: string | undefined;
  /** Scheme and host for signed URLs; default: as each request says. */
  readonly publicUrl?: string | undefined;
  /** Bytes of a JSON body. */
  readonly bodyLimit?: number;
  /** /livez, /readyz and, in standalone, /metrics: on this port too, without a token. */
  readonly probes?: ProbeHandler;
  readonly observe?: ObserveRequest;
  /** Absent: requests are not traced. */
  readonly traces?: RequestTraces | undefined;
  readonly info: OpenApiInfo;
  readonly log: Log;
  readonly newId?: () => string;
}

export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy(options.trustProxy));

  const { log, newId = randomUUID, publicUrl, routes, info, auth } = options;
  const description = openApiRoute(routes, { info, auth });
  if (options.probes) app.use(probing(options.probes));
  app.use(requestId({ log, newId, publicUrl }));
  app.use(access(options.observe));
  app.use(secureHeaders);
  app.use(allowOrigins(options.origins));
  if (options.objects) app.use(named('/objects'), options.objects);
  app.use(docsRouter());
  app.use(requireAuth(auth));
  mountRoutes(app, [...routes, description], {
    bodyLimit: options.bodyLimit ?? defaultBodyLimit,
    traces: options.traces,
    operatorsOnly: requireOperator(auth),
  });
  app.use(notFound);
  app.use(problems);
  return app;
}

function probing(probes: ProbeHandler): RequestHandler {
  return (request, response, next) => {
    if (!probes(request, response)) next();
  };
}

function named(route: string): RequestHandler {
  return (request, response, next) => {
    if (request.path.startsWith(route)) addToContext(response, { route });
    next();
  };
}

/** A number of proxies, `true` or `false`, or addresses separated by commas. */
function trustProxy(setting: string | undefined): boolean | number | string {
  if (setting === undefined || setting === 'false') return false;
  if (setting === 'true') return true;
  return /^\d+$/.test(setting) ? Number(setting) : setting;
}
