import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { applyAnswer, applyRequest, listUploadsAnswer, listUploadsQuery } from '#core/messages.ts';
import { serve } from './fixture.ts';
import { createAuth } from './middleware/auth.ts';
import { openApi } from './openapi.ts';
import { uploadParams } from './params.ts';
import { defineRoute, type Route } from './route.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Json }> };
  security?: Json[];
  responses: Record<string, { description: string; content?: Record<string, { schema?: Json }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes?: Json };
  security?: Json[];
}

const never = async () => {
  throw new Error('only described here');
};
const list = defineRoute({
  method: 'get',
  path: '/api/uploads',
  summary: 'List',
  tag: 'uploads',
  request: { query: listUploadsQuery },
  responses: { 200: listUploadsAnswer },
  errors: ['events.cursor_invalid'],
  handle: never,
});
const apply = defineRoute({
  method: 'post',
  path: '/api/uploads/:id/apply',
  summary: 'Apply',
  tag: 'review',
  request: { params: uploadParams, body: applyRequest },
  responses: { 200: applyAnswer },
  errors: ['upload.not_found', 'upload.wrong_status', 'upload.version_conflict'],
  handle: never,
});
const pause = defineRoute({
  method: 'post',
  path: '/api/pause',
  summary: 'Pause',
  tag: 'operation',
  request: { body: z.object({ seconds: z.int().default(9), until: z.stringbool().optional() }) },
  responses: { 200: z.object({ text: z.string() }), 204: { description: 'Nothing to pause' } },
  handle: never,
});
const picture = defineRoute({
  method: 'get',
  path: '/api/uploads/:id/picture',
  summary: 'Show',
  tag: 'results',
  request: { params: uploadParams },
  responses: { 200: { description: 'A picture', contentTypes: ['image/jpeg'] } },
  handle: never,
});
const routes = [list, apply, pause, picture];
const info = { title: 'Test', version: '1.2.3' };

function describeRoutes(
  some: readonly Route[] = routes,
  required = false,
  operatorRequired = false,
): Document {
  const auth = { required, operatorRequired };
  const document = openApi(some, { info, auth });
  return JSON.parse(JSON.stringify(document)) as Document;
}

function operation(document: Document, method: string, path: string): Operation {
  const found = document.paths[path]?.[method];
  assert.ok(found, `${method} ${path} is described`);
  return found;
}

describe('the description', () => {
  test('is complete: every route with its parameters, answers and a name of its own', () => {
    const document = describeRoutes();
    assert.equal(document.openapi, '3.1.0');
    const names = new Set<string>();
    for (const route of routes) {
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      const { operationId, parameters = [], responses } = operation(document, route.method, path);
      names.add(operationId);
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
      assert.deepEqual(inPath, path.match(/\{\w+\}/g) ?? []);
      for (const status of Object.keys(route.responses)) assert.ok(responses[status], status);
      for (const { description } of Object.values(responses)) assert.notEqual(description, '');
    }
    assert.equal(names.size, routes.length);
    const described = Object.values(document.paths).flatMap((item) => Object.keys(item));
    assert.equal(described.length, routes.length, 'and nothing else');
  });

  test('is closed: every $ref leads somewhere, every component is reached', () => {
    const document = describeRoutes();
    const reached = new Set<string>();
    for (const reference of referencesIn(document)) {
      const target = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document);
      assert.ok(reference.startsWith('#/components/') && target, reference);
      reached.add(reference.split('/').at(-1) ?? '');
    }
    const live = ['EventMessage', 'HelloMessage', 'ProgressMessage'];
    assert.deepEqual(
      Object.keys(document.components.schemas).filter((name) => !reached.has(name)),
      live,
    );
    for (const name of ['ApplyRequest', 'ListUploadsAnswer', 'UploadStatusAnswer', 'Problem']) {
      assert.ok(reached.has(name), name);
    }
    assert.doesNotMatch(JSON.stringify(document), /inline\d|\$defs|\$schema/);
  });

  test('shows requests as they are sent and answers as they are received', () => {
    const document = describeRoutes();
    const { requestBody, responses } = operation(document, 'post', '/api/pause');
    assert.equal(requestBody?.required, false, 'a body of optional fields may be left out');
    assert.deepEqual(jsonSchema(requestBody), {
      type: 'object',
      properties: {
        seconds: { default: 9, type: 'integer' },
        until: { type: 'string' },
      },
    });
    assert.deepEqual(jsonSchema(responses['200']), {
      type: 'object',
      properties: { text: { type: 'string' } },
      required: ['text'],
    });
    assert.equal(jsonSchema(responses['204']), undefined);
    const limit = operation(document, 'get', '/api/uploads').parameters?.find(
      ({ name }) => name === 'limit',
    );
    assert.deepEqual(limit, {
      name: 'limit',
      in: 'query',
      required: false,
      schema: { default: 50, type: 'integer', minimum: 1, maximum: 200 },
    });
  });

  test('names the errors of each route, by status', () => {
    const { responses } = operation(describeRoutes(), 'post', '/api/uploads/{id}/apply');
    const codes = (status: string) => {
      const schema = responses[status]?.content?.['application/problem+json']?.schema;
      assert.ok(schema);
      const { allOf } = schema as { allOf: [Json, { properties: { code: { enum: string[] } } }] };
      assert.deepEqual(allOf[0], { $ref: '#/components/schemas/Problem' });
      return allOf[1].properties.code.enum;
    };
    assert.deepEqual(codes('404'), ['upload.not_found']);
    assert.deepEqual(codes('409'), ['upload.wrong_status', 'upload.version_conflict']);
    assert.deepEqual(codes('400'), ['request.invalid', 'request.malformed']);
    assert.deepEqual(codes('413'), ['request.too_large']);
    assert.deepEqual(codes('503'), ['ledger.unavailable']);
    assert.equal(responses['401'], undefined);
  });

  test('says what only operators may do, where they have a token of their own', () => {
    const some = [list, { ...apply, operator: true as const }];
    const document = describeRoutes(some, false, true);
    const closed = operation(document, 'post', '/api/uploads/{id}/apply');
    assert.deepEqual(closed.security, [{ bearer: [] }]);
    assert.match(JSON.stringify(closed.responses['401']), /auth\.required/);
    assert.match(JSON.stringify(closed.responses['403']), /auth\.forbidden/);
    const open = operation(document, 'get', '/api/uploads');
    assert.deepEqual([open.security, open.responses['401']], [undefined, undefined]);
    const { responses } = operation(describeRoutes(some), 'post', '/api/uploads/{id}/apply');
    assert.equal(responses['403'], undefined);
  });

  test('asks for a token where one is configured', () => {
    const document = describeRoutes(routes, true);
    assert.deepEqual(document.security, [{ bearer: [] }]);
    assert.deepEqual(document.components.securitySchemes, {
      bearer: { type: 'http', scheme: 'bearer' },
    });
    assert.ok(operation(document, 'get', '/api/uploads').responses['401']);
    assert.equal(describeRoutes().security, undefined);
  });

  test('cannot show one name with two meanings', () => {
    const both = defineRoute({ ...pause, responses: { 200: listUploadsQuery }, handle: never });
    const sends = defineRoute({
      ...apply,
      path: '/api/other',
      request: { body: listUploadsQuery },
      handle: never,
    });
    assert.throws(() => describeRoutes([both, sends]), /ListUploadsQuery differs/);
  });

  test('is served with the routes', async (t) => {
    const { url } = await serve(t, { routes, auth: createAuth('a-long-token'), info });
    const response = await fetch(`${url}/api/openapi.json`, {
      headers: { authorization: 'Bearer a-long-token' },
    });
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.deepEqual(await response.json(), describeRoutes(routes, true));
  });
});

function jsonSchema(of: { content?: Record<string, { schema?: Json }> } | undefined) {
  return of?.content?.['application/json']?.schema;
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' ? [String(item)] : referencesIn(item),
  );
}
