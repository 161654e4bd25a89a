// What a store answers, by our names. Whatever is not about the one object that was asked for
// means that the store does not work for us, and is worth another try later.
import { AppError } from '../../errors.ts';

/** Runs `call`; what it throws is an AppError. */
export async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw nameFailure(cause);
  }
}

function nameFailure(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { name, status } = failureOf(cause);
  if (status === 412) return new AppError('upload.changed', undefined, { cause });
  // The answer to a HEAD has no body that could say more.
  if (name === 'NoSuchKey' || name === 'NotFound') {
    return new AppError('objects.not_found', undefined, { cause });
  }
  return new AppError('objects.unavailable', describe(name, status), { cause });
}

/** Name and HTTP status of what the SDK throws; no status when there was no answer. */
export function failureOf(cause: unknown): { name: string; status: number | undefined } {
  if (!(cause instanceof Error)) return { name: 'unknown', status: undefined };
  const { $metadata: metadata } = cause as { $metadata?: { httpStatusCode?: number } };
  return { name: cause.name, status: metadata?.httpStatusCode };
}

function describe(name: string, status: number | undefined): string {
  if (name === 'NoSuchBucket') return 'the object store has no such bucket';
  if (name === 'CredentialsProviderError') return 'there are no credentials for the object store';
  if (status === 403) return 'the object store refuses our credentials';
  if (status !== undefined) return `the object store answered ${status}`;
  return 'the object store does not answer';
}
