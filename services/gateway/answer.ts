// Answers on their way out. What is sent is what the schema lets through: a column too many
// in a handler never reaches a client, and a wrong form is our mistake, not theirs.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { z } from 'zod';
import { contextOf } from './context.ts';
import type { AnyAnswer, RawAnswer, Route } from './route.ts';

/** Throws a plain Error, which becomes `internal`, when the answer does not fit its schema. */
export async function send(route: Route, answer: AnyAnswer, response: Response): Promise<void> {
  const body = 'body' in answer ? checked(route, answer.status, answer.body) : undefined;
  if (!(answer.status in route.responses)) throw mismatch(route, `status ${answer.status}`);
  response.status(answer.status);
  response.set(answer.headers ?? {});
  if ('raw' in answer) return sendRaw(answer, response);
  if ('body' in answer) response.json(body);
  else response.end();
}

function checked(route: Route, status: number, body: unknown): unknown {
  const spec = route.responses[status];
  const schema = spec instanceof z.ZodType ? spec : spec?.schema;
  if (!schema) throw mismatch(route, `a body with status ${status}`);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  // Where and what kind, never the value: it may be recognised text.
  throw mismatch(
    route,
    result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code}`).join('; '),
  );
}

function mismatch(route: Route, what: string): Error {
  const name = `${route.method.toUpperCase()} ${route.path}`;
  return new TypeError(`the answer of ${name} does not fit its schema: ${what}`);
}

async function sendRaw(answer: RawAnswer<number>, response: Response): Promise<void> {
  const { raw } = answer;
  // Not `set`, which would add a charset of its own.
  response.setHeader('content-type', answer.contentType);
  if (!(raw instanceof Readable)) {
    const bytes = Buffer.from(raw as Uint8Array);
    response.set('content-length', String(bytes.length));
    response.end(response.req.method === 'HEAD' ? undefined : bytes);
    return;
  }
  if (response.req.method === 'HEAD') {
    raw.destroy();
    response.end();
    return;
  }
  // Once bytes are out no other answer can follow: pipeline breaks the connection, the log says why.
  await pipeline(raw, response).catch((error: unknown) => {
    contextOf(response).log.warn({ error }, 'an answer broke off');
  });
}
