// JPEG and PNG: one page, turned upright as its EXIF data says, as grey pixels on white.
// Size is read from the header and checked before anything is decoded.
import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Picture } from '#core/domain/pages.ts';
import { AppError } from '#core/errors.ts';
import type { GreyImage } from '../engine/engine.ts';
import type { Page, PageLimits, PageSource } from './page-source.ts';
import { recognitionSize } from './scale.ts';

// Several engines share a machine: each works on its own core and keeps nothing.
sharp.concurrency(1);
sharp.cache(false);

/** Beyond these, browsers on phones show nothing, or a blurred picture. */
const shownPixels = 16_000_000;
const shownSide = 8_000;
/** What scanners and cameras write in earnest; 72 and 96 only mean "not known". */
const credibleDpi = { from: 100, to: 1_200 };
const angles: Record<number, number> = { 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270 };

export async function openImage(path: string, limits: PageLimits): Promise<PageSource> {
  const header = await decoding(() => open(path, limits, 'header').metadata());
  const { width, height } = header.autoOrient;
  if (width * height > limits.pagePixels) {
    throw new AppError(
      'page.too_large',
      `the image has ${width} x ${height} pixels, ${limits.pagePixels} are allowed`,
    );
  }
  const original = embeddable(header);
  return {
    pageCount: 1,
    async openPage() {
      return {
        width,
        height,
        angle: angles[header.orientation ?? 1] ?? 0,
        textLayer: async () => undefined,
        raster: () => decoding(() => decode(open(path, limits, 'pixels'), header)),
        original,
        needsPreview:
          !original || width * height > shownPixels || Math.max(width, height) > shownSide,
        inColour: () => onWhite(open(path, limits, 'pixels')).toColourspace('srgb'),
        close() {},
      } satisfies Page;
    },
    close() {},
  };
}

function open(path: string, limits: PageLimits, what: 'header' | 'pixels'): Sharp {
  return sharp(path, {
    failOn: 'error',
    // The header is read without the limit, so that the error can name the size.
    limitInputPixels: what === 'header' ? false : limits.pagePixels,
  });
}

/** Readers of PDF decode every JPEG in grey or RGB; CMYK comes in variants that they disagree on. */
function embeddable({
  format,
  width,
  height,
  channels,
  orientation,
}: Metadata): Picture | undefined {
  if (format !== 'jpeg' || (channels !== 1 && channels !== 3)) return undefined;
  return { from: 'original', width, height, colours: channels, orientation: orientation ?? 1 };
}

function onWhite(image: Sharp): Sharp {
  return image.autoOrient().flatten({ background: '#fff' });
}

async function decode(image: Sharp, header: Metadata): Promise<GreyImage> {
  const full = header.autoOrient;
  const size = recognitionSize(full);
  let pipeline = onWhite(image).greyscale();
  if (size.width !== full.width) pipeline = pipeline.resize({ ...size, fit: 'fill' });
  const { data, info } = await pipeline
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 1) throw new Error(`a grey image has ${info.channels} channels`);
  return {
    data,
    width: info.width,
    height: info.height,
    dpi: dpiOf(header, size.width / full.width),
  };
}

function dpiOf({ density }: Metadata, scale: number): number | undefined {
  if (!density || density < credibleDpi.from || density > credibleDpi.to) return undefined;
  return Math.round(density * scale);
}

/** libvips' messages as our codes; running out of memory is not the file's fault alone. */
async function decoding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/memory|malloc|allocat|creating thread/i.test(message)) {
      throw new AppError('engine.crashed', `out of memory: ${message}`, { cause });
    }
    throw new AppError('file.corrupt', `the image is damaged or incomplete: ${reason(message)}`, {
      cause,
    });
  }
}

/** `VipsJpeg: premature end of JPEG image` and more lines, as a person would end a sentence. */
function reason(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.replace(/^Vips\w*: /, '').replace(/[\s:]+$/, '');
}
