// The line that tells of an upload's move: one for each, by whoever made it, after the commit.
import type { UploadStatus } from './domain/states.ts';
import type { Log } from './log.ts';

interface Moved {
  readonly status: UploadStatus;
  readonly status_reason: string | null;
  readonly error_code: string | null;
}

/** `log` has the ids of the upload and of the request that began it, which leads through all processes. */
export function logMove(log: Log, upload: Moved): void {
  const { status, status_reason: reason, error_code: code } = upload;
  log.info({ status, ...(reason && { reason }), ...(code && { code }) }, `upload ${status}`);
}
