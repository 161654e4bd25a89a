// Requests against their schemas. What is wrong is told field by field, all at once.
import type { z } from 'zod';
import { AppError, isErrorCode } from '#core/errors.ts';

/** A body full of mistakes needs no answer larger than itself. */
const mostErrors = 20;

/** Throws `request.invalid` with `errors: [{field, message}]`. */
export function validate(schema: z.ZodType, value: unknown, where: 'body' | 'query'): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => describe(issue, where));
  throw new AppError('request.invalid', `the ${where} is not valid`, {
    details: { errors: errors.slice(0, mostErrors) },
  });
}

/** Throws the error that the schema of the parameter names (params.ts), else `route.not_found`. */
export function validateParams(schema: z.ZodType, params: unknown): unknown {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const code = result.error.issues[0]?.message;
  throw new AppError(isErrorCode(code) ? code : 'route.not_found');
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
