// Pixels from image files by libvips, upright and on white. Nothing is decoded here before
// somebody has checked its size.
import sharp, { type Sharp } from 'sharp';
import { AppError, type ErrorCode } from '#core/errors.ts';
import type { GreyImage } from '../engine/engine.ts';
import type { PageLimits } from './page-source.ts';
import { recognitionSize, type Size } from './scale.ts';

// Several engines share a machine: each works on its own core and keeps nothing.
sharp.concurrency(1);
sharp.cache(false);

/** What scanners and cameras write in earnest; 72 and 96 only mean "not known". */
const credibleDpi = { from: 100, to: 1_200 };
/** Degrees, clockwise, by which an image of that EXIF orientation is turned to be upright. */
const angles: Record<number, number> = { 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270 };

export function angleOf(orientation: number | undefined): number {
  return angles[orientation ?? 1] ?? 0;
}

export function openHeader(path: string): Sharp {
  // Without the limit, so that the error can name the size.
  return sharp(path, { failOn: 'error', limitInputPixels: false });
}

/** `page` counts from 0, in files that have several. */
export function openPixels(path: string, limits: PageLimits, page = 0): Sharp {
  return sharp(path, { failOn: 'error', limitInputPixels: limits.pagePixels, page });
}

export function onWhite(image: Sharp): Sharp {
  return image.autoOrient().flatten({ background: '#fff' });
}

export function refuseTooLarge(what: string, { width, height }: Size, limits: PageLimits): void {
  if (width * height <= limits.pagePixels) return;
  throw new AppError(
    'page.too_large',
    `${what} has ${width} x ${height} pixels, ${limits.pagePixels} are allowed`,
  );
}

/** `page` is the upright size in square pixels; the image is what reads best of it. */
export async function decodeGrey(
  image: Sharp,
  page: Size & { readonly dpi: number | undefined },
): Promise<GreyImage> {
  const size = recognitionSize(page);
  const { data, info } = await onWhite(image)
    .greyscale()
    .resize({ ...size, fit: 'fill' })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 1) throw new Error(`a grey image has ${info.channels} channels`);
  return { data, ...size, dpi: recognitionDpi(page.dpi, size.width / page.width) };
}

function recognitionDpi(dpi: number | undefined, scale: number): number | undefined {
  if (!dpi || dpi < credibleDpi.from || dpi > credibleDpi.to) return undefined;
  return Math.round(dpi * scale);
}

/** libvips' messages as our codes; running out of memory is not the file's fault alone. */
export async function decoding<T>(
  work: () => Promise<T>,
  code: Extract<ErrorCode, `${string}.corrupt`> = 'file.corrupt',
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/memory|malloc|allocat|creating thread/i.test(message)) {
      throw new AppError('engine.crashed', `out of memory: ${message}`, { cause });
    }
    throw new AppError(code, `the image is damaged or incomplete: ${reason(message)}`, { cause });
  }
}

/** `VipsJpeg: premature end of JPEG image` and more lines, as a person would end a sentence. */
function reason(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.replace(/^Vips\w*: /, '').replace(/[\s:]+$/, '');
}
