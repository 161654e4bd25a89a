// What can be wrong with bytes that a client sends us, whichever store they go on to.
import { AppError } from '../errors.ts';

export function sizeMismatch(expected: number, received: number): AppError {
  const counted = received > expected ? 'more' : `${received}`;
  return new AppError(
    'upload.size_mismatch',
    `${expected} bytes were announced, ${counted} arrived`,
  );
}

/** The sender went away in the middle. */
export function isCutOff(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET';
}

export function cutOff(cause: unknown): AppError {
  return new AppError('upload.size_mismatch', 'the connection ended before the file did', {
    cause,
  });
}
