// One endpoint as one value: what it takes, what it answers, which errors it names, what it
// does. The same value is mounted on Express (mount.ts) and described in OpenAPI (openapi.ts),
// so the two cannot differ. Types flow from the schemas into `handle` and back out of it.
//
//   export function completeUpload({ complete }: { complete: CompleteUpload }): Route {
//     return defineRoute({
//       method: 'post',
//       path: '/api/uploads/:id/complete',
//       summary: 'Say that the bytes have arrived',
//       tag: 'uploads',
//       request: { params: uploadParams, body: completeRequest },
//       responses: { 202: uploadAnswer },
//       errors: ['upload.not_found', 'upload.incomplete'],
//       handle: async ({ params, body, request }) => {
//         const upload = await complete(params.id, body.file_size, request.id);
//         return { status: 202, body: { upload_id: upload.id, status: upload.status } };
//       },
//     });
//   }
//
// Raw answers: `responses: { 200: { description: 'The text', contentTypes: ['text/plain'] } }` and
// `return { status: 200, raw: stringBufferOrReadable, contentType: 'text/plain; charset=utf-8' }`.
// With `schema` beside `contentTypes` either form may be returned; `raw` is not validated, so JSON
// too long to check goes out that way. No body: `{ 204: { description: 'Deleted' } }`.
// A parameter that does not fit is the error its schema names (params.ts). `before` runs first,
// ahead of body and validation: the place of a rate limit.
import type { Readable } from 'node:stream';
import type { RequestHandler } from 'express';
import type { z } from 'zod';
import type { ErrorCode } from '#core/errors.ts';
import type { RequestContext } from './context.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface RequestSchemas {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** By their names in lower case. */
  readonly headers?: z.ZodObject;
  /** A request without a body counts as `{}`. */
  readonly body?: z.ZodType;
  /** Instead of `body`: bytes of these types, as many as `limit` at most, held in memory. */
  readonly bytes?: { readonly contentTypes: readonly string[]; readonly limit: number };
}

export interface DescribedResponse {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Of `raw` answers. */
  readonly contentTypes?: readonly string[];
}
export type Responses = Readonly<Record<number, z.ZodType | DescribedResponse>>;

export type AnswerHeaders = Readonly<Record<string, string>>;
export interface JsonAnswer<Status, Body> {
  readonly status: Status;
  readonly body: Body;
  readonly headers?: AnswerHeaders;
}
export interface RawAnswer<Status> {
  readonly status: Status;
  readonly raw: string | Uint8Array | Readable;
  readonly contentType: string;
  readonly headers?: AnswerHeaders;
}
export interface EmptyAnswer<Status> {
  readonly status: Status;
  readonly headers?: AnswerHeaders;
}

/** What a schema takes, read-only at every depth: handlers hand on what is not theirs to change. */
type Given<Schema extends z.ZodType> = ReadonlyDeep<z.input<Schema>>;
type ReadonlyDeep<T> = unknown extends T ? T : { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> };

type AnswerFor<Status, Spec> = Spec extends z.ZodType
  ? JsonAnswer<Status, Given<Spec>>
  : Spec extends { schema: infer Schema extends z.ZodType; contentTypes: readonly string[] }
    ? JsonAnswer<Status, Given<Schema>> | RawAnswer<Status>
    : Spec extends { schema: infer Schema extends z.ZodType }
      ? JsonAnswer<Status, Given<Schema>>
      : Spec extends { contentTypes: readonly string[] }
        ? RawAnswer<Status>
        : EmptyAnswer<Status>;

export type AnswerOf<R extends Responses> = {
  [Status in keyof R & number]: AnswerFor<Status, R[Status]>;
}[keyof R & number];

type OutputOf<Schemas, Part extends string> = Schemas extends {
  [P in Part]: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;

export interface InputOf<Schemas extends RequestSchemas> {
  readonly params: OutputOf<Schemas, 'params'>;
  readonly query: OutputOf<Schemas, 'query'>;
  readonly headers: OutputOf<Schemas, 'headers'>;
  readonly body: OutputOf<Schemas, 'body'>;
  readonly bytes: Schemas extends { bytes: object } ? Buffer : undefined;
  readonly request: RequestContext;
}

interface RouteDescription {
  readonly method: Method;
  /** In Express' form, without wildcards: `/api/uploads/:id`. */
  readonly path: string;
  /** One line, imperative. */
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  /** Errors of its own; those of every request (validation, token, ours) are added by themselves. */
  readonly errors?: readonly ErrorCode[];
  readonly before?: readonly RequestHandler[];
  /** Needs the token of operators, where one is configured. */
  readonly operator?: true;
}

export interface RouteSpec<S extends RequestSchemas, R extends Responses> extends RouteDescription {
  readonly request?: S;
  readonly responses: R;
  readonly handle: (input: InputOf<S>) => Promise<AnswerOf<NoInfer<R>>>;
}

export type AnyAnswer = JsonAnswer<number, unknown> | RawAnswer<number> | EmptyAnswer<number>;

/** A route whose types have done their work: all that mounting and describing need. */
export interface Route extends RouteDescription {
  readonly request: RequestSchemas;
  readonly responses: Responses;
  readonly handle: (input: InputOf<RequestSchemas>) => Promise<AnyAnswer>;
}

/** Throws when the path and the schema of its parameters name different things. */
export function defineRoute<const S extends RequestSchemas, const R extends Responses>(
  spec: RouteSpec<S, R>,
): Route {
  const named = pathParameters(spec.path);
  const described = Object.keys(spec.request?.params?.shape ?? {});
  if (named.length !== described.length || named.some((name) => !described.includes(name))) {
    throw new TypeError(`${spec.path} has other parameters than its schema`);
  }
  return { ...spec, request: spec.request ?? {} } as unknown as Route;
}

/** `/a/:id/b/:number` has `id` and `number`. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
}
