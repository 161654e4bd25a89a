import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../errors.ts';
import type { Database } from '../database.ts';
import { lockUpload, moveUpload, type UploadRow } from './upload.ts';

export interface Review {
  /** What the person made of the preview; absent: the preview as it is. */
  readonly validatedData: Record<string, unknown> | undefined;
  /** The version that the person saw; absent: whichever it is now. */
  readonly version: number | undefined;
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
    const data = review.validatedData ?? null;
    if (upload.status === 'applied' && isDeepStrictEqual(upload.validated_data, data))
      return { upload, changed: false };
    if (
      upload.status === 'parsed' &&
      review.version !== undefined &&
      review.version !== upload.version
    ) {
      throw new AppError(
        'upload.version_conflict',
        `version ${review.version} was reviewed, the upload is at ${upload.version}`,
        { details: { version: upload.version } },
      );
    }
    const moved = await moveUpload(tx, upload, 'applied', {
      set: { validated_data: data },
      stamp: ['applied_at'],
    });
    return { upload: moved, changed: true };
  });
}
