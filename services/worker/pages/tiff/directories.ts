// The pages of a TIFF by its own list: a chain of directories, each with the number of the next.
// Read here, entry by entry, so that chains without an end and sizes without a measure are
// refused before a decoder believes them. TIFF 6.0, sections 2 and 8.
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '#core/errors.ts';

export interface Directory {
  /** Its place in the chain, from 0: what decoders call the page. */
  readonly index: number;
  /** As stored, before orientation; not 0. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** As in EXIF, 1 to 8. */
  readonly orientation: number;
  /** Pixels per inch across and down; on faxes they differ. */
  readonly dpi: { readonly x: number; readonly y: number } | undefined;
}

const tags = {
  subfileType: 254,
  width: 256,
  height: 257,
  orientation: 274,
  samplesPerPixel: 277,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
};
const types = { short: 3, long: 4, rational: 5 };
const headerBytes = 8;
const entryBytes = 12;
/** Programs write some 20; the format allows 65,535. */
const mostEntries = 1_000;
const centimetres = 3;
const centimetresPerInch = 2.54;

/** Throws `file.corrupt`, `file.unsupported`, `file.empty`, `file.too_many_pages`. */
export async function readDirectories(
  file: FileHandle,
  { pages }: { pages: number },
): Promise<Directory[]> {
  const header = await readAt(file, 0, headerBytes);
  const order = header[0] === 0x49 ? 'little' : 'big';
  if (numberAt(header, 2, 2, order) !== 42) {
    throw new AppError('file.unsupported', 'TIFF files of the BigTIFF kind are not read');
  }
  const found: Directory[] = [];
  const visited = new Set<number>();
  for (let at = numberAt(header, 4, 4, order); at !== 0; ) {
    if (visited.has(at)) {
      throw new AppError('file.corrupt', 'the list of pages in the TIFF leads back into itself');
    }
    // A small picture beside each page is usual.
    if (found.length === pages || visited.size === 2 * pages) {
      throw new AppError('file.too_many_pages', `the TIFF has more than ${pages} pages`);
    }
    visited.add(at);
    const { entries, next } = await readEntries(file, at, order);
    const isSmallPicture = ((entries.get(tags.subfileType)?.value ?? 0) & 1) === 1;
    if (!isSmallPicture) {
      found.push(await describe(file, entries, { index: visited.size - 1, order }));
    }
    at = next;
  }
  if (found.length === 0) throw new AppError('file.empty', 'the TIFF has no pages');
  return found;
}

type Order = 'little' | 'big';
interface Entry {
  readonly type: number;
  /** The number itself, or where in the file the values are. */
  readonly value: number;
}

async function readEntries(
  file: FileHandle,
  at: number,
  order: Order,
): Promise<{ entries: Map<number, Entry>; next: number }> {
  const count = numberAt(await readAt(file, at, 2), 0, 2, order);
  if (count > mostEntries)
    throw new AppError('file.corrupt', `a page of the TIFF has ${count} tags`);
  const bytes = await readAt(file, at + 2, count * entryBytes + 4);
  const entries = new Map<number, Entry>();
  for (let start = 0; start < count * entryBytes; start += entryBytes) {
    const type = numberAt(bytes, start + 2, 2, order);
    const value = numberAt(bytes, start + 8, type === types.short ? 2 : 4, order);
    entries.set(numberAt(bytes, start, 2, order), { type, value });
  }
  return { entries, next: numberAt(bytes, count * entryBytes, 4, order) };
}

async function describe(
  file: FileHandle,
  entries: ReadonlyMap<number, Entry>,
  { index, order }: { index: number; order: Order },
): Promise<Directory> {
  const width = entries.get(tags.width)?.value ?? 0;
  const height = entries.get(tags.height)?.value ?? 0;
  if (width === 0 || height === 0) {
    // Its decoder reads no other page either.
    throw new AppError('file.corrupt', 'a page of the TIFF has no size');
  }
  const x = await rationalAt(file, entries.get(tags.xResolution), order);
  const y = await rationalAt(file, entries.get(tags.yResolution), order);
  const perInch = entries.get(tags.resolutionUnit)?.value === centimetres ? centimetresPerInch : 1;
  return {
    index,
    width,
    height,
    channels: entries.get(tags.samplesPerPixel)?.value ?? 1,
    orientation: entries.get(tags.orientation)?.value ?? 1,
    dpi: x && y ? { x: x * perInch, y: y * perInch } : undefined,
  };
}

/** Undefined where it is missing or nonsense: no page fails for its resolution. */
async function rationalAt(
  file: FileHandle,
  entry: Entry | undefined,
  order: Order,
): Promise<number | undefined> {
  if (entry?.type !== types.rational) return undefined;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, entry.value);
  if (bytesRead < 8) return undefined;
  const ratio = numberAt(buffer, 0, 4, order) / numberAt(buffer, 4, 4, order);
  return Number.isFinite(ratio) && ratio > 0 ? ratio : undefined;
}

function numberAt(bytes: Buffer, at: number, length: number, order: Order): number {
  return order === 'little' ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length);
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) {
    throw new AppError('file.corrupt', 'the TIFF ends before its list of pages does');
  }
  return buffer;
}
