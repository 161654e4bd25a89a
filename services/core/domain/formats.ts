// The file formats: which are read, what people call them, how their first bytes look.
import { anyOf } from './any-of.ts';

const names = {
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/webp': 'WebP',
  'image/tiff': 'TIFF',
  'application/pdf': 'PDF',
} as const;
export type ContentType = keyof typeof names;
export const contentTypes = Object.keys(names) as readonly ContentType[];

/** For people: `JPEG, PNG or PDF`. */
export const anyFormat = anyOf(Object.values(names));

/** Formats known by their first bytes; those not in `contentTypes` are refused by name. */
export type Format = ContentType | 'image/gif' | 'image/heic' | 'image/avif' | 'image/bmp';

/** Bytes of a file that `sniff` needs to see. */
export const sniffBytes = 1024;

export function isContentType(type: string): type is ContentType {
  return Object.hasOwn(names, type);
}

/** The format that the first bytes of a file announce, or undefined. Never trusts a declared type. */
export function sniff(head: Uint8Array): Format | undefined {
  const ascii = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
  if (head[0] === 0x89 && ascii(1, 8) === 'PNG\r\n\x1a\n') return 'image/png';
  // The second of each is BigTIFF, which is refused by that name.
  if (/^(II[*+]\0|MM\0[*+])/.test(ascii(0, 4))) return 'image/tiff';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'image/webp';
  // PDF 1.7, annex H.3: readers accept the header anywhere in the first 1024 bytes.
  if (ascii(0, sniffBytes).includes('%PDF-')) return 'application/pdf';
  if (ascii(0, 4) === 'GIF8') return 'image/gif';
  if (ascii(4, 8) === 'ftyp') {
    const brand = ascii(8, 12);
    if (/^(heic|heix|hevc|hevx|heim|heis|mif1|msf1)/.test(brand)) return 'image/heic';
    if (/^avi[fs]/.test(brand)) return 'image/avif';
  }
  if (ascii(0, 2) === 'BM') return 'image/bmp';
  return undefined;
}

/** Why a file of this type is refused, and what to do about it. */
export function refusal(type: string): string {
  if (!/^image\/hei[cf]/.test(type)) return `${type} is not read`;
  return `HEIC photos are not read (${type}): on the phone choose Settings, Camera, Formats, Most Compatible, or export the photo as JPEG`;
}
