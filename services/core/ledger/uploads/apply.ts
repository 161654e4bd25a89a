import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../errors.ts';
import type { Database } from '../database.ts';
import { lockUpload, moveUpload, type UploadRow } from './upload.ts';

export interface Review {
  /** What the person made of the preview; absent: the preview as it is. */
  readonly validatedData: Record<string, unknown> | undefined;
  /** The version that the person saw; absent: whichever it is now. */
  readonly version: number | undefined;
  /** The same, asked as a precondition of HTTP, which has an error of its own. */
  readonly ifMatch?: number | undefined;
}

/**
 * `parsed → applied`, once. The same review again gives the same answer; another review of an
 * applied upload, or one of a version that has passed, is refused.
 */
export async function applyUpload(
  db: Database,
  id: string,
  review: Review,
): Promise<{ upload: UploadRow; changed: boolean }> {
  return db.transaction(async (tx) => {
    const upload = await lockUpload(tx, id);
    const data = asKept(review.validatedData ?? null);
    if (upload.status === 'applied' && isDeepStrictEqual(upload.validated_data, data))
      return { upload, changed: false };
    if (upload.status === 'parsed') refuseOutdated(review, upload);
    const moved = await moveUpload(tx, upload, 'applied', {
      set: { validated_data: data },
      stamp: ['applied_at'],
    });
    return { upload: moved, changed: true };
  });
}

/** What the ledger will say it is: JSON has no -0 and no number beyond those of JavaScript. */
function asKept(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data));
}

function refuseOutdated(review: Review, { version }: UploadRow): void {
  const checks = [
    ['upload.version_conflict', review.version],
    ['upload.precondition_failed', review.ifMatch],
  ] as const;
  for (const [code, seen] of checks) {
    if (seen === undefined || seen === version) continue;
    const message = `version ${seen} was reviewed, the upload is at ${version}`;
    throw new AppError(code, message, { details: { version } });
  }
}
