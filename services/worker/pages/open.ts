// Opens a file by what its first bytes say, never by its name or its declared type.
import { open } from 'node:fs/promises';
import {
  type ContentType,
  isContentType,
  refusal,
  sniff,
  sniffBytes,
} from '#core/domain/formats.ts';
import { AppError } from '#core/errors.ts';
import { openImage } from './image.ts';
import type { PageLimits, PageSource } from './page-source.ts';
import { openPdf } from './pdf/document.ts';
import { openTiff } from './tiff/document.ts';

const openers: Record<ContentType, (path: string, limits: PageLimits) => Promise<PageSource>> = {
  'image/jpeg': openImage,
  'image/png': openImage,
  'image/webp': openImage,
  'image/tiff': openTiff,
  'application/pdf': openPdf,
};

/** Throws `file.empty`, `file.unsupported`, `file.corrupt`, `file.encrypted`, `file.too_many_pages`. */
export async function openPages(path: string, limits: PageLimits): Promise<PageSource> {
  const head = await readHead(path);
  if (head.length === 0) throw new AppError('file.empty', 'the file has no bytes');
  const format = sniff(head);
  if (!format || !isContentType(format)) {
    const why = format ? refusal(format) : 'the file is of no known format';
    throw new AppError('file.unsupported', why);
  }
  return openers[format](path, limits);
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
