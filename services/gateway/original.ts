// The bytes of an upload as they lie in the store, looked at without decoding anything.
import {
  type ContentType,
  isContentType,
  refusal,
  sniff,
  sniffBytes,
} from '#core/domain/formats.ts';
import { AppError } from '#core/errors.ts';
import type { ObjectHead, Objects } from '#core/objects/objects.ts';

/** Throws `upload.incomplete`, `upload.empty`, `upload.too_large`. */
export async function headOfOriginal(
  key: string,
  { objects, maxFileBytes }: { objects: Pick<Objects, 'head'>; maxFileBytes: number },
): Promise<ObjectHead> {
  const head = await objects.head(key);
  if (!head) throw new AppError('upload.incomplete');
  if (head.size === 0) throw new AppError('upload.empty');
  if (head.size > maxFileBytes) {
    throw new AppError('upload.too_large', `${head.size} bytes are more than ${maxFileBytes}`);
  }
  return head;
}

/** What the first bytes say it is; undefined: nothing that is read. Throws `upload.unsupported_type`. */
export async function typeOfOriginal(
  key: string,
  etag: string,
  { objects }: { objects: Pick<Objects, 'get'> },
): Promise<ContentType | undefined> {
  const format = sniff(await objects.get(key, { etag, length: sniffBytes }));
  if (format && !isContentType(format)) {
    throw new AppError('upload.unsupported_type', refusal(format));
  }
  return format;
}
