// Requests against their schemas. What is wrong is told field by field, all at once.
import type { z } from 'zod';
import { AppError, isErrorCode } from '#core/errors.ts';
import type { Route } from './route.ts';

/** A body full of mistakes needs no answer larger than itself. */
const mostErrors = 20;

/** Throws `request.invalid` with `errors: [{field, message}]`. */
export function validate(
  schema: z.ZodType,
  value: unknown,
  where: 'body' | 'query' | 'headers',
): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => describe(issue, where));
  throw new AppError('request.invalid', `the ${where} is not valid`, {
    details: { errors: errors.slice(0, mostErrors) },
  });
}

/**
 * A parameter that does not fit names nothing that exists, so the caller gets a 404 of its
 * domain: the error that the parameter's schema has as message, else the first of the route's.
 */
export function validateParams(route: Route, params: unknown): unknown {
  const result = route.request.params?.safeParse(params);
  if (!result || result.success) return result?.data;
  const message = result.error.issues[0]?.message;
  if (isErrorCode(message)) throw new AppError(message);
  throw new AppError(
    route.errors?.find((code) => code.endsWith('.not_found')) ?? 'route.not_found',
  );
}

function describe(issue: z.core.$ZodIssue, where: string): { field: string; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: 'is not a known field',
    }));
  }
  return [{ field: issue.path.join('.') || where, message: issue.message }];
}
