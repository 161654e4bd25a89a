// The gateway's HTTP application: the order below is the order in which a request meets things.
// It owns no connection and starts nothing; main.ts hands in the parts and listens.
import { randomUUID } from 'node:crypto';
import express, { type Express, type RequestHandler } from 'express';
import type { Log } from '#core/log.ts';
import { defaultBodyLimit } from './body.ts';
import { type Auth, requireAuth } from './middleware/auth.ts';
import { notFound } from './middleware/not-found.ts';
import { allowOrigins } from './middleware/origins.ts';
import { problems } from './middleware/problem.ts';
import { requestId } from './middleware/request-id.ts';
import { secureHeaders } from './middleware/secure-headers.ts';
import { mountRoutes } from './mount.ts';
import type { Route } from './route.ts';

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
  readonly log: Log;
  readonly newId?: () => string;
}

export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy(options.trustProxy));

  const { log, newId = randomUUID, publicUrl } = options;
  app.use(requestId({ log, newId, publicUrl }));
  app.use(secureHeaders);
  app.use(allowOrigins(options.origins));
  if (options.objects) app.use(options.objects);
  app.use(requireAuth(options.auth));
  mountRoutes(app, options.routes, { bodyLimit: options.bodyLimit ?? defaultBodyLimit });
  app.use(notFound);
  app.use(problems);
  return app;
}

/** A number of proxies, `true` or `false`, or addresses separated by commas. */
function trustProxy(setting: string | undefined): boolean | number | string {
  if (setting === undefined || setting === 'false') return false;
  if (setting === 'true') return true;
  return /^\d+$/.test(setting) ? Number(setting) : setting;
}
