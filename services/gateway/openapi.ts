// OpenAPI 3.1 out of the routes themselves. Exported schemas of core/messages.ts and its sibling become
// components under their own names, all other schemas are written where they are used.
import { z } from 'zod';
import { AppError, type ErrorCode } from '#core/errors.ts';
import { eventMessage, helloMessage, progressMessage } from '#core/messages.ts';
import type { Auth } from './middleware/auth.ts';
import { createSchemas, type Json, type Schemas } from './openapi-schemas.ts';
import { type DescribedResponse, defineRoute, type Route } from './route.ts';

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
}

export interface OpenApiOptions {
  readonly info: OpenApiInfo;
  readonly auth: Tokens;
}

/** Which calls need one. */
type Tokens = Pick<Auth, 'required' | 'operatorRequired'>;

const description = `Uploads are announced, sent to a signed URL, completed, read in the background, reviewed and applied.

Errors are problem+json (RFC 9457); match \`code\`, never the text. Every answer carries X-Request-Id.

**Live events** come over a WebSocket at \`/api/events\` (\`?upload_id=\` for one upload): first a
\`HelloMessage\`, then \`EventMessage\` and \`ProgressMessage\`, one JSON object a message. \`?cursor=\` with the
last cursor received resumes without a gap or a repeat. Events of no upload (\`switch.changed\`: an operator
has switched something) have \`upload_id\` null. Where a token is needed, browsers offer it as
subprotocol \`bearer.<token>\` or as \`?access_token=\`.`;

/** GET /api/openapi.json: all routes but itself. Written once: what it describes cannot change. */
export function openApiRoute(routes: readonly Route[], options: OpenApiOptions): Route {
  const json = JSON.stringify(openApi(routes, options));
  return defineRoute({
    method: 'get',
    path: '/api/openapi.json',
    summary: 'This description',
    tag: 'operation',
    responses: { 200: { description: 'OpenAPI 3.1', contentTypes: ['application/json'] } },
    handle: async () => ({ status: 200, raw: json, contentType: 'application/json' }),
  });
}

export function openApi(routes: readonly Route[], options: OpenApiOptions): Json {
  const { info, auth } = options;
  const anyToken = auth.required || auth.operatorRequired;
  const schemas = createSchemas(routes);
  // No path refers to them, but the text above does.
  for (const message of [helloMessage, eventMessage, progressMessage]) schemas.response(message);
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas, auth) };
  }
  return {
    openapi: '3.1.0',
    info: { title: info.title, version: info.version, description },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    ...(auth.required && { security: [{ bearer: [] }] }),
    paths,
    components: {
      schemas: schemas.components(),
      headers: {
        RequestId: { description: 'Quote it in reports.', schema: { type: 'string' } },
        RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
      },
      ...(anyToken && { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } }),
    },
  };
}

function operation(route: Route, schemas: Schemas, auth: Tokens): Json {
  const { params, query, headers, body, bytes } = route.request;
  const responses: Record<string, Answer> = {};
  for (const [status, spec] of Object.entries(route.responses)) {
    responses[status] = response(spec, schemas);
  }
  for (const [status, codes] of byStatus(errorsOf(route, auth))) {
    // A status may be both an answer of its own and a problem: the content type tells them apart.
    responses[status] = merged(responses[status], problemResponse(codes, schemas));
  }
  const parameters = [
    ...(params ? schemas.parameters(params, 'path') : []),
    ...(query ? schemas.parameters(query, 'query') : []),
    ...(headers ? schemas.parameters(headers, 'header') : []),
  ];
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.description && { description: route.description }),
    tags: [route.tag],
    ...(route.operator && auth.operatorRequired && { security: [{ bearer: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: schemas.request(body) } },
      },
    }),
    ...(bytes && {
      requestBody: {
        required: true,
        content: Object.fromEntries(bytes.contentTypes.map((type) => [type, {}])),
      },
    }),
    responses,
  };
}

/** `get /api/uploads/:id/status` is `getUploadsByIdStatus`. */
function operationId({ method, path }: Route): string {
  const words = path
    .split('/')
    .filter((word) => word !== '' && word !== 'api')
    .map((word) => (word.startsWith(':') ? `By-${word.slice(1)}` : word));
  return [method, ...words.flatMap((word) => word.split(/[^a-zA-Z0-9]+/))]
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

interface Answer {
  readonly description: string;
  readonly headers: Json;
  readonly content?: Json;
}

function response(spec: z.ZodType | DescribedResponse, schemas: Schemas): Answer {
  const {
    description,
    schema,
    contentTypes = [],
  } = spec instanceof z.ZodType ? { description: 'Done', schema: spec } : spec;
  const content: Json = {};
  for (const type of contentTypes) content[type] = type.startsWith('text/') ? text : {};
  if (schema) content['application/json'] = { schema: schemas.response(schema) };
  return {
    description,
    headers: { 'X-Request-Id': requestIdHeader },
    ...(Object.keys(content).length > 0 && { content }),
  };
}

const text = { schema: { type: 'string' } };
const requestIdHeader = { $ref: '#/components/headers/RequestId' };
const retryAfterHeader = { $ref: '#/components/headers/RetryAfter' };

function errorsOf(route: Route, { required, operatorRequired }: Tokens): ErrorCode[] {
  const { query, headers, body, bytes } = route.request;
  const codes: ErrorCode[] = [...(route.errors ?? []), 'internal', 'ledger.unavailable'];
  if (query || headers || body) codes.push('request.invalid');
  if (body) codes.push('request.malformed', 'request.too_large', 'request.not_acceptable');
  if (bytes) codes.push('request.too_large', 'request.not_acceptable');
  const forOperators = route.operator && operatorRequired;
  if (required || forOperators) codes.push('auth.required');
  if (forOperators) codes.push('auth.forbidden');
  return [...new Set(codes)];
}

function byStatus(codes: readonly ErrorCode[]): [string, ErrorCode[]][] {
  return Object.entries(Object.groupBy(codes, (code) => new AppError(code).status)) as never;
}

function problemResponse(codes: readonly ErrorCode[], schemas: Schemas): Answer {
  const { status } = new AppError(codes[0] ?? 'internal');
  const mayRetry = status === 429 || status === 503;
  return {
    description: codes.map((code) => `\`${code}\`: ${new AppError(code).title}`).join('\n\n'),
    headers: {
      'X-Request-Id': requestIdHeader,
      ...(mayRetry && { 'Retry-After': retryAfterHeader }),
    },
    content: {
      'application/problem+json': {
        schema: { allOf: [schemas.problem(), { properties: { code: { enum: codes } } }] },
      },
    },
  };
}

function merged(own: Answer | undefined, problem: Answer): Answer {
  if (!own) return problem;
  return {
    description: `${own.description}\n\n${problem.description}`,
    headers: { ...own.headers, ...problem.headers },
    content: { ...own.content, ...problem.content },
  };
}
