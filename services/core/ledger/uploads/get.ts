import { AppError } from '../../errors.ts';
import type { Queryable } from '../database.ts';
import type { UploadRow } from './upload.ts';

/** Throws `upload.not_found`. */
export async function getUpload(db: Queryable, id: string): Promise<UploadRow> {
  const [upload] = await db.query<UploadRow>('select * from uploads where id = $1', [id]);
  if (!upload) throw new AppError('upload.not_found', `there is no upload ${id}`);
  return upload;
}
