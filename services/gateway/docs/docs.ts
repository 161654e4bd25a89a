// GET /docs: the API's reference for people, made by Swagger UI from /api/openapi.json. Served from
// the package as it was installed, so that no page ever loads code from elsewhere; without a token,
// because browsers have none to show before a page is there. It holds nothing of this server.
import { createRequire } from 'node:module';
import path from 'node:path';
import { type RequestHandler, Router } from 'express';
import { addToContext } from '../context.ts';

const own = import.meta.dirname;
const swagger = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist'));

const files: Record<string, string> = {
  '/docs': path.join(own, 'index.html'),
  '/docs/page.css': path.join(own, 'page.css'),
  '/docs/page.js': path.join(own, 'page.js'),
  '/docs/swagger-ui.css': path.join(swagger, 'swagger-ui.css'),
  '/docs/swagger-ui.js': path.join(swagger, 'swagger-ui-bundle.js'),
};

/** Nothing but what lies here, nothing inline; pictures inside style sheets are data URLs. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function docsRouter(): Router {
  const router = Router({ strict: true });
  for (const [address, file] of Object.entries(files)) router.get(address, serve(address, file));
  // Relative addresses on the page count from its folder.
  router.get('/docs/', (_request, response) => response.redirect(308, '../docs'));
  return router;
}

function serve(route: string, file: string): RequestHandler {
  return (_request, response) => {
    addToContext(response, { route });
    response.set({ 'content-security-policy': policy, 'cache-control': 'no-cache' });
    response.sendFile(file, { dotfiles: 'allow' });
  };
}
