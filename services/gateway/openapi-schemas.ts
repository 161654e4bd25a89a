// zod schemas as JSON Schema for OpenAPI. All are converted together, so that one that is part
// of another becomes a $ref; only what the routes reach is written. Requests are described as
// sent (defaults optional), answers as received.
import { z } from 'zod';
import * as autoscalerMessages from '#core/autoscaler-messages.ts';
import * as messages from '#core/messages.ts';
import * as operationMessages from '#core/operation-messages.ts';
import type { Route } from './route.ts';

export type Json = Record<string, unknown>;

export interface Schemas {
  request(schema: z.ZodType): Json;
  response(schema: z.ZodType): Json;
  problem(): Json;
  /** Fields of an object as OpenAPI parameters. */
  parameters(schema: z.ZodObject, place: 'path' | 'query' | 'header'): Json[];
  /** What the schemas asked for so far refer to, at any depth. */
  components(): Record<string, Json>;
}

const prefix = '#/components/schemas/';

export function createSchemas(routes: readonly Route[]): Schemas {
  const names = nameSchemas(routes);
  const input = convert(names, 'input');
  const output = convert(names, 'output');
  const used = new Map<string, Json>();

  function inlined(schema: z.ZodType, from: Record<string, Json>): Json {
    const json = from[names.get(schema) ?? ''];
    if (!json) throw new Error('a schema was not converted');
    collect(json, from);
    return json;
  }

  function referred(schema: z.ZodType, from: Record<string, Json>): Json {
    const name = names.get(schema) ?? '';
    const json = isComponent(name) ? { $ref: prefix + name } : inlined(schema, from);
    collect(json, from);
    return json;
  }

  function collect(json: unknown, from: Record<string, Json>): void {
    for (const name of referencesIn(json)) {
      const target = from[name] ?? {};
      const known = used.get(name);
      if (known && JSON.stringify(known) !== JSON.stringify(target)) {
        throw new Error(`${name} differs between requests and answers: give each its own schema`);
      }
      if (known) continue;
      used.set(name, target);
      collect(target, from);
    }
  }

  return {
    request: (schema) => referred(schema, input),
    response: (schema) => referred(schema, output),
    problem: () => referred(messages.problem, output),
    parameters(schema, place) {
      const { properties = {}, required = [] } = inlined(schema, input) as {
        properties?: Record<string, Json>;
        required?: string[];
      };
      return Object.entries(properties).map(([name, json]) => ({
        name,
        in: place,
        required: place === 'path' || required.includes(name),
        schema: json,
      }));
    },
    components: () => Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Components start with a capital letter; what has no name of its own is numbered. */
function isComponent(name: string): boolean {
  return /^[A-Z]/.test(name);
}

function nameSchemas(routes: readonly Route[]): Map<z.ZodType, string> {
  const names = new Map<z.ZodType, string>();
  const described = { ...messages, ...operationMessages, ...autoscalerMessages };
  for (const [name, schema] of Object.entries(described)) {
    if (!(schema instanceof z.ZodType) || names.has(schema)) continue;
    names.set(schema, name.charAt(0).toUpperCase() + name.slice(1));
  }
  for (const { request, responses } of routes) {
    const answers = Object.values(responses).map((spec) =>
      spec instanceof z.ZodType ? spec : spec.schema,
    );
    for (const schema of [
      request.params,
      request.query,
      request.headers,
      request.body,
      ...answers,
    ]) {
      if (schema && !names.has(schema)) names.set(schema, `inline${names.size}`);
    }
  }
  return names;
}

function convert(names: Map<z.ZodType, string>, io: 'input' | 'output'): Record<string, Json> {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => prefix + id,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => tidy(zodSchema, jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...json }]) => [name, json as Json]),
  );
}

function tidy(schema: z.core.$ZodTypes, json: z.core.JSONSchema.BaseSchema): void {
  const { def } = schema._zod;
  // Answers grow by new fields: only a strict object promises that there are no others.
  if (def.type === 'object' && !def.catchall) delete json.additionalProperties;
  // The format says it; the pattern behind it is half a page.
  if (json.format !== undefined) delete json.pattern;
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}

function referencesIn(json: unknown): string[] {
  if (Array.isArray(json)) return json.flatMap(referencesIn);
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' && value.startsWith(prefix)
      ? [value.slice(prefix.length)]
      : referencesIn(value),
  );
}
