// Parameters of paths. One that does not fit names nothing that exists, so its message is the
// code of that error: callers get a 404 of their domain, PostgreSQL never sees the text.
import { z } from 'zod';

/** Lower case, as the ledger writes them. */
export const uploadId = z.uuid('upload.not_found').toLowerCase();
export const pageNumber = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, 'page.not_found')
  .transform(Number);

export const uploadParams = z.object({ id: uploadId });
export const pageParams = z.object({ id: uploadId, number: pageNumber });
